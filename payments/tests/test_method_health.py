"""How well a method works: counted from its attempts, shown where people choose, and a way out."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from orders.paying import Health
from orders.tests.factories import make_order
from payments import availability, choosing, collecting, company_lists, health, methods
from payments.gateways.base import Reason
from payments.models import Attention, Payment, PaymentStatus
from payments.tests.factories import failed, make_payment, paid
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
NEQUI = ("co", "nequi", "wompi")


def rest(*companies):
    for company in companies:
        for _ in range(availability.FAILURES_BEFORE_REST):
            availability.note_failure(company)


def attempts(*outcomes, minutes=1, **fields):
    """Attempts with Nequi that ended so long ago: "good", or the reason of their failure."""
    for outcome in outcomes:
        payment = make_payment()
        collecting.settle(payment.pk, paid(payment) if outcome == "good" else failed(outcome))
        when = timezone.now() - timedelta(minutes=minutes)
        Payment.objects.filter(pk=payment.pk).update(
            created_at=when - timedelta(seconds=30), settled_at=when, **fields
        )
    health.cache.delete(health._KEY)  # as if a minute had passed


def record():
    return health.count(timezone.now())[NEQUI]


def offered(order, code):
    return next(offer for offer in methods.offers(order, "en") if offer.method.code == code)


class TestCounting:
    def test_rate_and_median_time(self):
        attempts("good", "good", "good", Reason.COMPANY_ERROR)
        assert record().rate == 0.75
        assert record().seconds == pytest.approx(30, abs=1)

    def test_what_a_buyer_or_bank_refuses_says_nothing_about_the_company(self):
        attempts("good", *[Reason.INSUFFICIENT_FUNDS, Reason.CANCELLED_BY_BUYER, Reason.EXPIRED] * 3)
        assert (record().good, record().bad, record().health) == (1, 0, Health.OK)

    def test_a_few_failures_are_no_trend(self):
        attempts(*[Reason.COMPANY_ERROR] * (health.ENOUGH_TO_JUDGE - 1))
        assert record().health == Health.OK

    def test_too_many_failures_make_it_shaky(self):
        attempts("good", "good", *[Reason.COMPANY_ERROR] * 3)
        assert record().health == Health.SHAKY

    def test_many_failures_lately_and_no_success_make_it_dead_for_a_while(self):
        attempts(*[Reason.COMPANY_ERROR] * health.DEAD_AFTER)
        assert record().health == Health.DOWN
        later = health.count(timezone.now() + health.LATELY)[NEQUI]
        assert later.health == Health.SHAKY, "after a while somebody may try again"

    def test_one_success_lately_keeps_it_alive(self):
        attempts("good", *[Reason.COMPANY_ERROR] * health.DEAD_AFTER)
        assert record().health == Health.SHAKY

    def test_lasting_doubt_counts_as_the_company_s_failure(self):
        long_ago = timezone.now() - timedelta(minutes=10)
        make_payment(status=PaymentStatus.UNKNOWN, started_at=long_ago)
        make_payment(status=PaymentStatus.UNKNOWN, started_at=timezone.now())
        make_payment(status=PaymentStatus.FAILED, attention=Attention.UNCONFIRMED)
        assert (record().good, record().bad) == (0, 2)

    def test_what_is_hours_ago_is_forgotten(self):
        attempts("good", minutes=health.WINDOW.total_seconds() / 60 + 1)
        assert health.count(timezone.now()) == {}

    def test_one_query_a_minute(self):
        with CaptureQueriesContext(connection) as captured:
            for _ in range(3):
                health.records()
        assert len(captured) == 1

    def test_without_redis_nothing_is_known_and_everything_offered(self, settings):
        nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}
        settings.CACHES = {"default": nowhere}
        assert offered(make_order(), "nequi").is_offered


class TestFallback:
    def test_while_the_usual_company_rests_another_carries_the_method_and_then_back_again(self):
        order = make_order()
        assert methods.allowed(order, "pse").gateway == "wompi"
        rest("wompi")
        assert methods.allowed(order, "pse").gateway == "payu"
        availability._company_at("wompi", _location()).breaker.close()
        assert methods.allowed(order, "pse").gateway == "wompi"

    def test_a_method_of_one_company_alone_is_refused_with_a_sentence(self):
        order = make_order()
        rest("wompi")
        offer = offered(order, "bancolombia")
        assert (offer.is_offered, offer.refusal) == (
            False,
            "Out of order at the moment. Please try again soon.",
        )

    def test_the_attempt_is_made_with_the_company_that_works(self):
        order = make_order()
        rest("wompi")
        payment = collecting.begin(order=order, method="nequi", inputs={"phone": "+573001234567"})
        assert payment.gateway == "payu"

    def test_a_company_without_keys_is_passed_over(self, settings):
        order = make_order()
        without = settings.GATEWAY_CREDENTIALS["payu"] | {"api_key": ""}
        settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": without}
        rest("wompi")
        assert methods.allowed(order, "pse") is None

    def test_a_company_we_cannot_talk_to_is_passed_over(self, settings):
        keys = settings.GATEWAY_CREDENTIALS
        settings.GATEWAY_CREDENTIALS = {code: keys[code] for code in keys if code != "payu"}
        order = make_order()
        rest("wompi")
        assert methods.allowed(order, "pse") is None

    def test_where_the_contract_allows_less_the_next_company_is_asked(self, monkeypatch):
        order = make_order()
        company = type(choosing.gateways.get("wompi"))
        monkeypatch.setattr(company, "largest", lambda self: order.total - 1)
        assert methods.allowed(order, "pse").gateway == "payu"
        assert offered(order, "bancolombia").refusal.startswith("Up to")

    @pytest.mark.parametrize("status", ["created", "pending", "unknown"])
    def test_never_a_second_company_while_an_attempt_may_be_paid(self, status):
        payment = make_payment(status=status)
        rest("wompi")
        with pytest.raises(collecting.AttemptUnderWay):
            collecting.begin(order=payment.order, method="nequi", inputs={"phone": "+573001234567"})
        assert payment.order.payments.count() == 1

    def test_a_form_filled_in_for_another_company_is_not_sent_to_this_one(self):
        order = make_order()
        rest("wompi")
        with pytest.raises(collecting.MethodNotAllowed):
            collecting.begin(order=order, method="card", inputs={"token": "tok_x"}, gateway="wompi")

    def test_the_page_asks_for_what_the_chosen_company_needs(self, lists, ana_shop, ana):
        order = make_order(user=ana)
        rest("wompi")
        banks = [each.code for each in company_lists.choices("payu", "pse")]
        options = {option.code: option for option in choosing.options(order, "en")}
        shown = [code for code, _name in options["pse"].form.fields["bank"].choices if code]
        assert shown == [code for code in banks if code != "0"]
        assert options["card"].template == "payments/_method_fields.html"
        assert not options["card"].form.fields
        page = ana_shop.get(f"/pay/{order.number}/").content.decode()
        assert "<card-form" not in page

    def test_a_shaky_company_is_no_reason_to_change(self):
        order = make_order()
        attempts("good", *[Reason.COMPANY_ERROR] * health.ENOUGH_TO_JUDGE)
        assert methods.allowed(order, "nequi").gateway == "wompi"


class TestShowing:
    def test_a_shaky_method_comes_last_with_a_sentence_at_checkout_and_payment(self):
        attempts("good", *[Reason.COMPANY_ERROR] * health.ENOUGH_TO_JUDGE)
        order = make_order()
        last = methods.offers(order, "en")[-1]
        assert (last.method.code, last.is_offered) == ("nequi", True)
        assert last.warning == "Some payments do not get through this way right now."

    def test_a_dead_method_cannot_be_chosen(self, settings):
        order = make_order()
        attempts(*[Reason.COMPANY_ERROR] * health.DEAD_AFTER)
        without = {code: keys for code, keys in settings.GATEWAY_CREDENTIALS.items() if code != "payu"}
        settings.GATEWAY_CREDENTIALS = without
        assert offered(order, "nequi").refusal == "Out of order at the moment. Please try again soon."
        assert methods.allowed(order, "nequi") is None

    def test_when_nothing_works_an_order_can_be_placed_all_the_same(self):
        rest("mpesa", "emola", "stripe")
        order = make_order(seller=make_seller(market_code="mz"), price=500)
        assert not any(offer.is_offered for offer in methods.offers(order, "en"))

    def test_a_failed_attempt_s_page_names_another_method(self, ana_shop, ana):
        payment = make_payment(make_order(user=ana))
        collecting.settle(payment.pk, failed(Reason.COMPANY_ERROR))
        page = ana_shop.get(f"/pay/{payment.order.number}/{payment.reference}/result/").content.decode()
        assert f"/pay/{payment.order.number}/?method=pse" in page
        assert "?method=nequi" not in page
        chosen = choosing.options(payment.order, "en", None, "pse")
        assert [option.code for option in chosen if option.is_chosen] == ["pse"]

    def test_an_open_attempt_of_a_troubled_method_leads_to_another(self, ana_shop, ana):
        order = make_order(user=ana)
        step = {"kind": "redirect", "url": "https://bank.example/"}
        payment = make_payment(order, method="pse", next_step=step)
        wait = f"/pay/{order.number}/{payment.reference}/"
        assert 'name="method"' not in ana_shop.get(wait).content.decode()
        rest("wompi")
        assert 'name="method" value="nequi"' in ana_shop.get(wait).content.decode()
        given_up = ana_shop.post(f"{wait}cancel/", {"method": "nequi"})
        assert given_up["Location"] == f"/pay/{order.number}/?method=nequi"

    def test_in_doubt_another_method_is_named_but_there_is_no_button(self, ana_shop, ana):
        payment = make_payment(make_order(user=ana), status=PaymentStatus.UNKNOWN)
        rest("wompi", "payu")
        page = ana_shop.get(f"/pay/{payment.order.number}/{payment.reference}/").content.decode()
        assert "Efecty" in page
        assert "/cancel/" not in page

    def test_the_help_page_tells_limits_times_and_how_money_comes_back(self, loja):
        rest("stripe")
        page = loja.get("/help/paying/", headers={"accept-language": "en"}).content.decode()
        assert page.count("<dl>") == 3
        assert page.count("alert--warning") == 1

    def test_operations_see_every_company_and_no_secret(self, client, settings):
        rest("payu")
        told = client.get("/health/payments").json()
        assert told["status"] == "down"
        assert told["gateways"]["payu"]["resting"] is True
        assert told["gateways"]["mpesa"] == {"state": "ok", "resting": False, "methods": {"mz.mpesa": "ok"}}
        secrets = [
            value for keys in settings.GATEWAY_CREDENTIALS.values() for value in keys.values() if value
        ]
        assert not any(json.dumps(secret) in json.dumps(told) for secret in secrets if len(secret) > 3)

    def test_staff_see_state_rate_and_last_failures(self, client):
        attempts("good", "good", "good", Reason.COMPANY_ERROR)
        rest("mpesa")
        client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
        response = client.get("/admin/payment-companies/")
        rows = {
            (row["each"].market.code, row["each"].method.code, row["each"].gateway): row
            for row in response.context["rows"]
        }
        assert rows[NEQUI]["percent"] == 75
        assert [payment.failure_reason for payment, _reason in rows[NEQUI]["failures"]] == ["company_error"]
        assert not rows["mz", "mpesa", "mpesa"]["each"].is_up

    def test_the_pay_page_costs_one_more_query_at_most(self, lists, ana_shop, ana):
        order = make_order(user=ana)
        ana_shop.get(f"/pay/{order.number}/")
        with CaptureQueriesContext(connection) as warm:
            ana_shop.get(f"/pay/{order.number}/")
        health.cache.delete(health._KEY)
        with CaptureQueriesContext(connection) as cold:
            ana_shop.get(f"/pay/{order.number}/")
        assert len(cold) == len(warm) + 1


def _location():
    return availability.settings.CACHES["default"]["LOCATION"]
