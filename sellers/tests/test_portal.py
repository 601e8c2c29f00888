"""The frame of the portal: who may enter, what is shown, and what a store changes about itself."""

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.tests.factories import make_product
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from sellers.models import DeliveryOption, OpeningHours, PayoutDestination, Seller
from sellers.tests.factories import make_payout_destination, make_seller

pytestmark = pytest.mark.django_db
PAGES = ["/sell/store/", "/sell/hours/", "/sell/delivery/", "/sell/payout-destination/"]
MONEY = "/sell/payout-destination/"


def store(**changes):
    return {
        "business_name": "Machamba Nova", "tagline": "Fresco", "description": "Tomate",
        "tags": "Tomate, couve, tomate",
        "email": "loja@example.com", "phone": "84 999 8888", "website": "machamba.example", "street": "Rua 2",
        "region": "L", "city": "matola", "charges_tax": "on",
    } | changes  # fmt: skip


def wallet(**changes):
    return {"phone": "84 123 4567", "holder_name": "Bento Macuácua"} | changes


@pytest.mark.parametrize("path", ["/sell/", *PAGES])
def test_the_owner_may_enter(portal, path):
    html = portal.get(path)

    assert html.status_code == 200
    assert "style=" not in html.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_for_davi_the_pages_do_not_exist(davi_portal, path):
    assert davi_portal.get(path).status_code == 404
    assert davi_portal.post(path, store()).status_code == 404
    assert not Seller.objects.filter(business_name="Machamba Nova").exists()


def test_davi_is_invited_to_apply(davi_portal):
    assert davi_portal.get("/sell/").url == "/sell/apply/"
    assert davi_portal.post("/sell/apply/again/").status_code == 404


@pytest.mark.parametrize("path", ["/sell/", *PAGES])
def test_strangers_are_asked_to_sign_in(client, path):
    assert client.get(path, headers={"host": "mz.localhost"}).url.startswith("/accounts/login/")


@pytest.mark.parametrize("path", PAGES)
def test_in_the_other_country_the_store_does_not_exist(farm, bento, sign_in, path):
    assert sign_in(bento, "co").get(path).status_code == 404


def test_carla_may_edit_the_store_but_not_where_the_money_goes(carla_portal, farm):
    assert carla_portal.post("/sell/store/", store()).status_code == 302
    assert carla_portal.get(MONEY).status_code == 403
    assert carla_portal.post(MONEY, wallet()).status_code == 403
    assert not PayoutDestination.objects.exists()


def test_the_first_page_shows_the_state_the_steps_and_the_reason(portal, farm):
    Seller.objects.update(status="rejected", status_reason="Foto ilegível")

    html = portal.get("/sell/").content.decode()

    assert "Foto ilegível" in html and "/sell/payout-destination/" in html


def test_the_checklist_goes_once_everything_is_done(portal, farm):
    assert "checklist" in portal.get("/sell/").content.decode()

    OpeningHours.objects.create(seller=farm, weekday=0)
    make_payout_destination(farm)
    make_product(seller=farm)
    Seller.objects.update(logo="stores/logo.webp")

    assert "checklist" not in portal.get("/sell/").content.decode()


def test_the_first_page_costs_few_queries(portal, django_assert_max_num_queries):
    portal.get("/sell/")

    with django_assert_max_num_queries(4):
        portal.get("/sell/")


def test_a_rejected_store_can_be_handed_in_again(portal, farm):
    Seller.objects.update(status="rejected", status_reason="Foto ilegível")

    assert portal.post("/sell/apply/again/").url == "/sell/"
    assert Seller.objects.get().status == "pending"
    portal.post("/sell/apply/again/")
    assert Seller.objects.get().status == "pending"


def test_whoever_has_two_stores_switches_between_them(portal, farm, bento):
    other = make_seller(market_code="mz", owner=bento, business_name="Segunda Loja")
    foreign = make_seller(market_code="mz")

    portal.post("/sell/switch/", {"seller": other.pk})
    assert portal.get("/sell/").context["seller"] == other
    for stranger in (foreign.pk, "", "x", 10**30, "\x00"):
        assert portal.post("/sell/switch/", {"seller": stranger}).status_code == 404
    assert portal.get("/sell/").context["seller"] == other


def test_the_store_is_saved_and_its_address_stays(portal, farm):
    assert portal.post("/sell/store/", store()).url == "/sell/store/"

    farm.refresh_from_db()
    assert (farm.business_name, farm.slug, farm.city) == ("Machamba Nova", "machamba-do-bento", "Matola")
    assert farm.tags == ["tomate", "couve"] and farm.website == "https://machamba.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_name", ""), ("phone", "300 123 4567"), ("region", "11"), ("city", "Bogotá"),
        ("website", "javascript:1"),
        ("description", "x" * 4001), ("email", "\x00"), ("postal_code", "x" * 11),
    ],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(portal, farm, field, value):
    response = portal.post("/sell/store/", store(**{field: value}))

    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert Seller.objects.get().business_name == "Machamba do Bento"


def test_status_and_commission_are_not_the_stores_to_write(portal, farm):
    portal.post("/sell/store/", store(status="approved", commission_rate="0", document_number="1"))

    fresh = Seller.objects.get()
    assert fresh.commission_rate is None and fresh.document_number == "400123456"


def test_logo_and_banner_are_written_anew_and_can_go(portal, farm):
    def picture():
        written = BytesIO()
        Image.new("RGB", (2400, 1200), "green").save(written, "JPEG")
        return SimpleUploadedFile("logo.jpg", written.getvalue())

    portal.post("/sell/store/", store(logo=picture(), banner=picture()))
    farm.refresh_from_db()
    with Image.open(farm.logo) as logo, Image.open(farm.banner) as banner:
        assert (logo.format, logo.width, banner.width) == ("WEBP", 400, 1600)

    portal.post("/sell/store/", {**store(), "logo-clear": "on"})
    farm.refresh_from_db()
    assert not farm.logo and farm.banner


def test_a_file_that_is_no_picture_is_refused(portal, farm):
    response = portal.post("/sell/store/", store(logo=SimpleUploadedFile("l.svg", b"<svg/>")))

    assert response.status_code == 422 and response.context["form"].errors["logo"]
    assert not Seller.objects.get().logo


def test_opening_hours_are_these_and_no_others(portal, farm):
    portal.post("/sell/hours/", {"day0-is_open": "on", "day0-opens": "08:00", "day0-closes": "17:30"})
    portal.post("/sell/hours/", {"day5-is_open": "on", "day5-opens": "09:00", "day5-closes": "12:00"})

    [saturday] = farm.hours.all()
    assert (saturday.weekday, str(saturday.opens)) == (5, "09:00:00")


@pytest.mark.parametrize(
    "day",
    [
        {"day0-is_open": "on", "day0-opens": "18:00", "day0-closes": "08:00"},
        {"day0-is_open": "on", "day0-opens": "", "day0-closes": ""},
        {"day0-is_open": "on", "day0-opens": "25:99", "day0-closes": "\x00"},
    ],
)
def test_impossible_hours_are_refused(portal, farm, day):
    assert portal.post("/sell/hours/", day).status_code == 422
    assert not farm.hours.exists()


def test_ways_of_delivering_are_replaced(portal, farm):
    response = portal.post(
        "/sell/delivery/",
        {
            "pickup-offered": "on", "local_delivery-offered": "on", "local_delivery-fee": "75.50",
            "local_delivery-radius_km": "12", "local_delivery-free_from": "1000",
        },
    )  # fmt: skip

    assert response.status_code == 302
    assert sorted(farm.delivery_options.values_list("kind", flat=True)) == ["local_delivery", "pickup"]
    local = farm.delivery_options.get(kind="local_delivery")
    assert (str(local.fee), local.radius_km, str(local.free_from)) == ("75.50", 12, "1000.00")


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"local_delivery-offered": "on"},
        {"shipping-offered": "on", "shipping-fee": "-1"},
        {"shipping-offered": "on", "shipping-fee": "10.555"},
        {"shipping-offered": "on", "shipping-fee": "9" * 40},
        {"local_delivery-offered": "on", "local_delivery-radius_km": "100000"},
        {"shipping-offered": "on", "shipping-fee": "NaN"},
    ],
)
def test_impossible_deliveries_are_refused(portal, farm, ways):
    assert portal.post("/sell/delivery/", ways).status_code == 422
    assert not DeliveryOption.objects.exists()


def test_pesos_have_no_centavos(sign_in):
    ana = make_user("ana@example.com")
    make_seller(owner=ana)

    response = sign_in(ana, "co").post(
        "/sell/delivery/", {"shipping-offered": "on", "shipping-fee": "100.50"}
    )

    assert response.status_code == 422


def test_the_money_goes_where_the_owner_says_and_every_owner_hears_of_it(portal, farm, bento):
    portal.post(MONEY, wallet())
    portal.post(MONEY, wallet(phone="85 765 4321"))

    active = farm.payout_destinations.get(is_active=True)
    assert json.loads(active.account) == {"phone": "+258857654321", "holder_name": "Bento Macuácua"}
    assert (active.rail, active.masked, active.created_by) == ("mpesa_b2c", "M-Pesa ••••4321", bento)
    assert farm.payout_destinations.count() == 2
    told = OutgoingMessage.objects.filter(template="sellers/payout_destination")
    assert sorted(told.values_list("recipient", flat=True)) == sorted([bento.email, farm.email] * 2)
    shown = portal.get(MONEY).content.decode()
    assert "••••4321" in shown and "857654321" not in shown


@pytest.mark.parametrize(
    "changes", [{"phone": "82 123 4567"}, {"phone": "300 123 4567"}, {"holder_name": ""}]
)
def test_a_wallet_that_cannot_be_paid_is_refused(portal, changes):
    assert portal.post(MONEY, wallet(**changes)).status_code == 422
    assert not PayoutDestination.objects.exists()


def test_without_a_fresh_password_the_money_stays_where_it_goes(farm, bento, client):
    client.force_login(bento)

    response = client.post(MONEY, wallet(), headers={"host": "mz.localhost"})

    assert response.url.startswith("/accounts/reauthenticate/")
    assert not PayoutDestination.objects.exists()


def account(**changes):
    return {
        "bank_code": "1007", "account_type": "savings", "account_number": "434-231 23",
        "holder_name": "Ana Gómez",        "document_type": "CC", "document_number": "1.000.000.000",
    } | changes  # fmt: skip


def test_in_colombia_money_goes_to_a_bank(sign_in):
    ana = make_user("ana@example.com")
    seller = make_seller(owner=ana)

    sign_in(ana, "co").post(MONEY, account())

    destination = seller.payout_destinations.get()
    assert destination.masked == "Bancolombia ••••3123"
    assert json.loads(destination.account)["account_number"] == "43423123"
    assert json.loads(destination.account)["document_number"] == "1000000000"


@pytest.mark.parametrize(
    "changes",
    [
        {"bank_code": "9999"}, {"account_type": "gold"}, {"account_number": "12"},
        {"account_number": "000000"},
        {"account_number": "12a456789"}, {"document_type": "NIT"}, {"document_number": "x"},
        {"holder_name": "\x00"},
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_paid_is_refused(sign_in, changes):
    ana = make_user("ana@example.com")
    make_seller(owner=ana)

    assert sign_in(ana, "co").post(MONEY, account(**changes)).status_code == 422
    assert not PayoutDestination.objects.exists()
