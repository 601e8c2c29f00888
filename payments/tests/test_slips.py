"""The slip: small, signed, and nobody else's."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders.tests.factories import make_order
from payments.tests.cash import make_code
from payments.tests.factories import make_payment
from payments.vouchers import slips

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_codes(settings, sandbox):
    """PayU is away, so Efecty is carried by our own codes."""
    settings.CASH_SECOND_PERSON_FROM = Decimal(500_000)
    return sandbox


class TestSlip:
    @pytest.fixture
    def buyer(self):
        return Client(headers={"host": "co.localhost"})

    def slip(self, buyer, code):
        buyer.get(reverse("orders:show_guest_order", args=[code.payment.order.secret]))
        return buyer.get(reverse("payments:slip", args=[code.payment.order.number, code.payment.reference]))

    def test_it_shows_number_amount_and_time_and_stays_small(self, buyer):
        code = make_code()
        response = self.slip(buyer, code)
        page = response.content.decode()
        assert f"{code.code[:4]} {code.code[4:8]} {code.code[8:]}" in page
        assert "<path d=" in page
        assert len(response.content) < 10_000

    def test_a_stranger_sees_none(self, buyer):
        code = make_code()
        address = reverse("payments:slip", args=[code.payment.order.number, code.payment.reference])
        assert buyer.get(address).status_code == 404

    def test_a_payment_without_a_slip_has_none(self, buyer):
        payment = make_payment(make_order(), method="nequi")
        buyer.get(reverse("orders:show_guest_order", args=[payment.order.secret]))
        address = reverse("payments:slip", args=[payment.order.number, payment.reference])
        assert buyer.get(address).status_code == 404

    def test_the_code_of_the_picture_is_signed(self):
        code = make_code()
        payload = slips.slip_of(code.payment).payload
        assert slips.is_genuine(payload)
        for changed in (
            payload.replace(f"|{code.amount:f}|", "|1|"),
            payload[:-4],
            "",
            "SLIP1|x",
            payload + "é",
        ):
            assert not slips.is_genuine(changed)

    def test_the_key_is_on_the_site(self, buyer):
        assert slips.public_key() in buyer.get(reverse("payments:slip_key")).content.decode()
