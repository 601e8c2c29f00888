"""Commission rules in the back office: tried, added, replaced, ended; what was used is never rewritten."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.tests.factories import make_category, make_product, make_seller
from marketplace import markets
from marketplace.accounts.models import User
from orders import commission_rules
from orders.models import CommissionRule, Order
from orders.tests.factories import make_order, make_paid_order
from orders.tests.test_commissions import make_rule

pytestmark = pytest.mark.django_db

ADD = reverse("admin:orders_commissionrule_add")
LIST = reverse("admin:orders_commissionrule_changelist")
PREVIEW = reverse("admin:orders_commissionrule_preview_new")


@pytest.fixture
def office(client):
    client.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    return client


def page(rule):
    return reverse("admin:orders_commissionrule_change", args=[rule.pk])


def today():
    return commission_rules.today(markets.get("co"))


def typed(**fields):
    usual = {"market_code": "co", "position": "10", "name": "Rule", "rate": "0.10", "flat": "0"}
    return usual | {"starts_on": today().isoformat(), "product": "", "seller": "", "category": ""} | fields


def test_a_rule_is_added_and_holds_for_the_next_order(office):
    seller = make_seller()
    assert office.post(ADD, typed(seller=seller.pk, rate="0.07", cap="900")).status_code == 302
    part = make_order(seller=seller, price=20_000).seller_orders.get()
    assert part.commission == 900
    assert office.get(LIST + "?q=Rule").status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rate": "0.51"}, "rate"),
        ({"rate": "-0.1"}, "rate"),
        ({"rate": "NaN"}, "rate"),
        ({"flat": "-1"}, "flat"),
        ({"flat": "0.50"}, "flat"),  # no centavos in Colombia
        ({"floor": "500", "cap": "400"}, "cap"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"market_code": "xx"}, "market_code"),
        ({"product": "999999"}, "product"),
        ({"seller": "x"}, "seller"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_sense_is_said_next_to_its_field(office, fields, field):
    for address, status in ((ADD, 200), (PREVIEW, 422)):
        response = office.post(address, typed(**fields))
        assert response.status_code == status
        form = response.context["adminform"].form if address == ADD else response.context["form"]
        assert field in form.errors
    assert not CommissionRule.objects.exists()


def test_targets_of_another_country_or_store_are_refused(office):
    foreign = make_product(market_code="mz")
    response = office.post(
        ADD, typed(product=foreign.pk, seller=foreign.seller_id, category=foreign.category_id)
    )
    assert {"product", "seller", "category"} <= response.context["adminform"].form.errors.keys()
    mine = make_product()
    response = office.post(ADD, typed(product=mine.pk, seller=make_seller().pk))
    assert "seller" in response.context["adminform"].form.errors


def test_terms_that_were_used_cannot_be_changed_but_the_rule_can_end(office):
    rule = make_rule(rate="0.10", starts_on=today() - timedelta(9))
    change = {"ends_on": "", "replaces": ""}
    assert office.post(page(rule), typed(rate="0.20", starts_on=rule.starts_on) | change).status_code == 302
    rule.refresh_from_db()
    assert rule.rate == Decimal("0.20")  # nobody bought under it yet

    make_order()
    assert 'name="rate"' not in office.get(page(rule)).content.decode()
    office.post(page(rule), typed(rate="0.30", ends_on=today().isoformat()))
    rule.refresh_from_db()
    assert (rule.rate, rule.ends_on) == (Decimal("0.20"), today())
    response = office.post(page(rule), typed(ends_on=(today() - timedelta(1)).isoformat()))
    assert "ends_on" in response.context["adminform"].form.errors
    assert office.post(reverse("admin:orders_commissionrule_delete", args=[rule.pk])).status_code == 403


def test_replacing_ends_the_old_rule_on_the_day_before(office):
    old = make_rule("Old", rate="0.10", starts_on=today() - timedelta(9), category=make_category())
    make_order(make_product(category=old.category))
    form = office.get(f"{ADD}?replaces={old.pk}").context["adminform"].form
    tomorrow = today() + timedelta(1)
    assert (form.initial["starts_on"], form.initial["rate"]) == (tomorrow, Decimal("0.10"))
    again = typed(name="New", rate="0.12", category=old.category_id, replaces=old.pk)

    early = office.post(ADD, again)  # it would begin today, and today something was sold under the old one
    assert "starts_on" in early.context["adminform"].form.errors
    assert office.post(ADD, again | {"starts_on": tomorrow.isoformat()}).status_code == 302

    old.refresh_from_db()
    new = CommissionRule.objects.get(name="New")
    assert (old.ends_on, new.starts_on) == (today(), tomorrow)


@pytest.mark.parametrize("number", ["0", "x", "-1", "²", "99999999999999999999999"])
def test_a_rule_that_does_not_exist_is_no_error(office, number):
    assert office.get(f"{ADD}?replaces={number}").status_code == 200
    assert office.get(f"{LIST}{number}/change/").status_code in (302, 404)


def test_the_preview_reckons_with_yesterdays_lines_and_saves_nothing(office):
    product, other = make_product(price=20_000), make_product(price=90_000)
    order, late = make_paid_order(product, quantity=2), make_paid_order(product)
    make_paid_order(other)
    noon = timezone.now() - timedelta(days=1)
    Order.objects.exclude(pk=late.pk).update(paid_at=noon)
    charged = order.seller_orders.get().commission

    shown = office.post(PREVIEW, typed(product=product.pk, rate="0.20")).context["preview"]
    assert (shown.lines, shown.touched, shown.amount) == (2, 1, 40_000)
    assert (shown.charged, shown.would_charge) == (charged, 8_000)
    assert not CommissionRule.objects.exists()

    make_rule("before it", position=1, rate="0.01", starts_on=noon.date() - timedelta(9))
    shown = office.post(PREVIEW, typed(rate="0.20")).context["preview"]
    assert (shown.lines, shown.touched) == (2, 0)


def test_only_staff_with_the_right_may_look_or_change(client):
    rule = make_rule()
    preview = reverse("admin:orders_commissionrule_preview", args=[rule.pk])
    assert client.post(preview, typed()).status_code == 302
    client.force_login(User.objects.create_user("helper@example.com", "correct-horse-battery", is_staff=True))
    assert client.post(preview, typed()).status_code == 403
    assert client.get(preview).status_code == 405
    assert client.post(page(rule), typed()).status_code == 403
