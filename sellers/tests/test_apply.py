"""The application: open to all, kept while signing in, approved by rule or by people (CF-01)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from marketplace import markets
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.mailing.models import OutgoingMessage
from sellers import applying
from sellers.models import Member, MemberRole, Seller
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
APPLY = "/sell/apply/"
COLUMNS = {
    "business_name": "Machamba", "email": "b@example.com", "phone": "+258841234567", "street": "Rua 1",
    "region": "MPM", "city": "Maputo", "legal_name": "Bento", "document_type": "NUIT",
    "document_number": "400123456",
}  # fmt: skip


def application(market_code="mz", **changes):
    places = {
        "co": {
            "phone": "300 123 4567", "region": "11", "city": "bogotá", "document_type": "NIT",
            "document_number": "830.140.299-6",
        },
        "mz": {
            "phone": "84 123 4567", "region": "MPM", "city": "maputo", "document_type": "NUIT",
            "document_number": "400 123 456",
        },
    }  # fmt: skip
    return {
        "business_name": "Machamba São João", "description": "Tomate e couve.", "email": "bento@example.com",
        "street": "Rua 1", "number": "5", "legal_name": "Bento Macuácua", "terms": "on",
    } | places[market_code] | changes  # fmt: skip


def test_in_mozambique_people_decide(bento, sign_in):
    response = sign_in(bento).post(APPLY, application())

    assert response.url == "/sell/"
    seller = Seller.objects.get()
    assert (seller.status, seller.slug, seller.city) == ("pending", "machamba-sao-joao", "Maputo")
    assert (seller.document_number, seller.phone) == ("400123456", "+258841234567")
    assert seller.terms_version and seller.terms_accepted_at and seller.approved_at is None
    assert Member.objects.get().role == MemberRole.OWNER
    assert [event.kind for event in seller.events.all()] == ["applied"]
    assert seller.locations.get().is_default and seller.delivery_options.count() == 2
    assert OutgoingMessage.objects.get().template == "sellers/applied"


def test_in_colombia_the_rule_decides(sign_in):
    ana = make_user("ana@example.com")
    sign_in(ana, "co").post(APPLY, application("co"))

    seller = Seller.objects.get()
    assert seller.status == "approved" and seller.approved_at and seller.approved_by is None
    assert [event.kind for event in seller.events.all()] == ["applied", "approved"]
    assert seller.document_number == "8301402996"
    message = OutgoingMessage.objects.get()
    assert (message.template, message.language, message.market_code) == ("sellers/approved", "es", "co")


def test_the_identity_number_is_not_readable_in_the_database(bento, sign_in, django_assert_num_queries):
    sign_in(bento).post(APPLY, application())

    raw = Seller.objects.extra(select={"raw": "document_number::text"}).values_list("raw", flat=True)[0]  # noqa: S610
    assert "400123456" not in raw


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document_number", "123"), ("document_number", "111111111"), ("document_type", "CC"),
        ("phone", "300 123 4567"),
        ("region", "11"), ("city", "Bogotá"), ("terms", ""), ("business_name", ""),
        ("business_name", "x" * 121),
        ("description", "\x00"), ("email", "no"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_beside_the_field(bento, sign_in, field, value):
    response = sign_in(bento).post(APPLY, application(**{field: value}))

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert "Macu" in response.content.decode()
    assert not Seller.objects.exists()


@pytest.mark.parametrize("number", ["830.140.299-5", "8301402990", "12", "abc"])
def test_the_check_digit_of_a_nit_is_checked(sign_in, number):
    response = sign_in(make_user("ana@example.com"), "co").post(
        APPLY, application("co", document_number=number)
    )

    assert response.context["form"].errors["document_number"]


def test_what_a_stranger_typed_waits_encrypted_until_they_are_signed_in(bento):
    visitor = Client(headers={"host": "mz.localhost"})

    response = visitor.post(APPLY, application())
    assert response.url == "/accounts/signup/?next=%2Fsell%2Fapply%2F"
    assert "400 123 456" not in str(dict(visitor.session))
    visitor.post("/accounts/login/", {"login": bento.email, "password": PASSWORD, "next": APPLY})
    html = visitor.get(APPLY).content.decode()

    assert "Machamba São João" in html and "400 123 456" in html
    assert not Seller.objects.exists()
    visitor.post(APPLY, application())
    assert Seller.objects.count() == 1
    assert "seller_application" not in visitor.session


def test_a_stranger_reads_what_selling_here_means():
    html = Client(headers={"host": "mz.localhost"}).get(APPLY).content.decode()

    assert "Txova" in html and "M-Pesa" in html


def test_a_second_application_waits_for_the_first(bento, sign_in):
    portal = sign_in(bento)
    portal.post(APPLY, application())

    assert portal.get(APPLY).url == "/sell/"
    assert portal.post(APPLY, application(business_name="Outra")).url == "/sell/"
    assert Seller.objects.count() == 1


def test_two_stores_of_one_name_get_two_addresses(bento, sign_in):
    make_seller(market_code="mz", slug="machamba-sao-joao")

    sign_in(bento).post(APPLY, application())

    assert Seller.objects.get(members__user=bento).slug == "machamba-sao-joao-2"


def test_a_name_without_letters_still_gets_an_address(bento, sign_in):
    sign_in(bento).post(APPLY, application(business_name="农场"))

    assert Seller.objects.get().slug == "store"


def test_nobody_gets_a_better_commission_by_asking(bento, sign_in):
    sign_in(bento).post(APPLY, application(commission_rate="0", status="approved", slug="best"))

    seller = Seller.objects.get()
    assert (seller.status, seller.commission_rate, seller.slug) == ("pending", None, "machamba-sao-joao")


def test_the_domain_refuses_a_second_application_too(farm, bento):
    Seller.objects.update(status="rejected")

    with pytest.raises(applying.ApplicationPending):
        applying.apply(user=bento, market=farm.market, fields={})


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_store():
    bento = make_user("bento@example.com", market_code="mz")

    def click(_number):
        try:
            return applying.apply(user=bento, market=markets.get("mz"), fields=COLUMNS).pk
        except applying.ApplicationPending:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        made = [pk for pk in clicks.map(click, range(4)) if pk]

    assert len(made) == Seller.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_stores_of_one_name_opened_at_once_get_different_addresses():
    people = [make_user(f"b{number}@example.com", market_code="mz") for number in range(4)]

    def open_store(person):
        try:
            return applying.apply(user=person, market=markets.get("mz"), fields=COLUMNS).slug
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        slugs = list(clicks.map(open_store, people))

    assert len(set(slugs)) == 4
