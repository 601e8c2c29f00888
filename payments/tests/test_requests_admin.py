"""Staff read both sides of a refund request and decide it through the domain."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from marketplace.accounts import roles
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from payments.models import Refund
from payments.refunds import requesting
from payments.tests.refunds import give_back
from payments.tests.requests import make_part, make_request
from sellers.tests.factories import make_member

pytestmark = pytest.mark.django_db
LIST = reverse("admin:payments_refundrequest_changelist")


@pytest.fixture
def staff():
    return User.objects.create_superuser("root@example.com", "correct-horse-battery")


@pytest.fixture
def office(staff):
    client = Client(headers={"host": "co.localhost"})
    client.force_login(staff)
    return client


@pytest.fixture
def contested():
    request = make_request(make_part(quantity=2), words="Broken, all of it")
    return requesting.answer(request, accept=False, words="It left here whole", by=None)


def page(request):
    return reverse("admin:payments_refundrequest_change", args=[request.pk])


def decide_url(request, decision="approve"):
    return reverse("admin:payments_refundrequest_decide", args=[request.pk, decision])


def test_the_dashboard_and_the_filter_lead_to_what_waits(office, contested):
    waiting, silent = make_request(), make_request()
    requesting.escalate_overdue(silent.answer_by)  # both are late by then

    found = office.get(f"{LIST}?needs_staff__exact=1").content.decode()
    home = office.get(reverse("admin:index")).content.decode()

    assert contested.number in found and silent.number in found and waiting.number in found
    requesting.withdraw(waiting, by=None)
    assert waiting.number not in office.get(f"{LIST}?needs_staff__exact=1").content.decode()
    assert f"{LIST}?needs_staff__exact=1" in home


def test_both_sides_stand_before_the_decision(office, contested):
    assert decide_url(contested) in office.get(page(contested)).content.decode()
    for decision in ("approve", "decline"):
        html = office.get(decide_url(contested, decision)).content.decode()
        assert "Broken, all of it" in html and "It left here whole" in html


def test_money_goes_back_as_asked_or_as_staff_see_it(office, staff, contested):
    line = contested.seller_order.lines.get().pk
    form = office.get(decide_url(contested)).context["form"]
    assert form[f"line-{line}"].value() == 2

    wrong = office.post(decide_url(contested), {f"line-{line}": 3, "words": ""})
    nothing = office.post(decide_url(contested), {f"line-{line}": 0, "words": ""})
    assert (wrong.status_code, nothing.status_code) == (422, 422) and not Refund.objects.exists()
    office.post(decide_url(contested), {f"line-{line}": 1, "words": "One was whole."})

    contested.refresh_from_db()
    assert (contested.status, contested.decided_by, contested.staff_words) == (
        "approved",
        staff,
        "One was whole.",
    )
    assert Refund.objects.get().amount == 50_000
    assert decide_url(contested) not in office.get(page(contested)).content.decode()


def test_declining_needs_words(office, contested):
    assert office.post(decide_url(contested, "decline"), {"words": ""}).status_code == 422
    office.post(decide_url(contested, "decline"), {"words": "The picture shows another bottle."})

    contested.refresh_from_db()
    assert contested.status == "declined"
    office.post(decide_url(contested), {"words": "Well"})
    contested.refresh_from_db()
    assert contested.status == "declined" and not Refund.objects.exists()


def test_what_is_no_longer_there_is_not_given_back(office, contested):
    line = contested.seller_order.lines.get().pk
    give_back(contested.seller_order)

    response = office.post(decide_url(contested), {f"line-{line}": 2})

    assert response.status_code == 422
    assert Refund.objects.count() == 1


def test_it_takes_the_right_to_move_money(contested):
    roles.grant()
    reader = make_user("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_refundrequest"))
    mover = make_user("mover@example.com", is_staff=True)
    mover.groups.add(Group.objects.get(name=roles.STAFF))
    for user, status in ((reader, 403), (mover, 200)):
        client = Client(headers={"host": "co.localhost"})
        client.force_login(user)
        assert client.get(page(contested)).status_code == 200
        assert client.get(decide_url(contested)).status_code == status
        assert (decide_url(contested) in client.get(page(contested)).content.decode()) == (status == 200)
    client.force_login(reader)
    assert client.post(decide_url(contested, "decline"), {"words": "No"}).status_code == 403


def test_nothing_is_edited_by_hand(office, contested):
    assert office.post(page(contested), {"status": "approved"}).status_code == 403
    assert office.get(reverse("admin:payments_refundrequest_add")).status_code == 403
    assert office.get(decide_url(contested, "burn")).status_code == 403


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_nobody_decides_who_bought_or_sold_it(office, staff, contested, side):
    part = contested.seller_order
    if side == "buyer":
        type(part.order).objects.filter(pk=part.order_id).update(user=staff)
    else:
        make_member(part.seller, staff)
    office.cookies["django_language"] = "en"
    words = {"words": "So it is", "with_delivery": "", **{f"line-{line.pk}": 1 for line in part.lines.all()}}
    for decision in ("approve", "decline"):
        html = office.post(decide_url(contested, decision), words, follow=True).content.decode()
        assert "Somebody else must decide, who neither bought nor sold this." in html
    contested.refresh_from_db()
    assert (contested.status, contested.staff_words) == ("contested", "")
    assert not Refund.objects.exists()
