"""Colombia: pesos without centavos, banks and wallets through Wompi."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import (
    IdentityDocument,
    Market,
    PaymentMethod,
    PayoutRail,
    Phone,
    Shipping,
    TaxClass,
)
from marketplace.markets.documents import is_cedula, is_foreigner_card, is_nit
from marketplace.markets.regions_co import REGIONS

_SINCE = date(2017, 1, 1)  # Law 1819 of 2016

MARKET = Market(
    code="co",
    name="MeStore",
    country=_("Colombia"),
    country_code="CO",
    tagline=_("Good things from Colombian shops, delivered home"),
    hosts=("co.localhost",),
    languages=("es", "en"),
    search_language="es",
    time_zone="America/Bogota",
    currency="COP",
    prices_include_tax=True,
    tax_name="IVA",
    tax_classes={
        "CO_GENERAL_19": TaxClass(
            code="CO_GENERAL_19", label=_("General rate"), rates=((_SINCE, Decimal("0.19")),)
        ),
        "CO_REDUCED_5": TaxClass(
            code="CO_REDUCED_5", label=_("Reduced rate"), rates=((_SINCE, Decimal("0.05")),)
        ),
        "CO_EXEMPT_0": TaxClass(code="CO_EXEMPT_0", label=_("Exempt"), rates=((_SINCE, Decimal(0)),)),
        "CO_EXCLUDED": TaxClass(
            code="CO_EXCLUDED", label=_("Excluded"), rates=((_SINCE, Decimal(0)),), excluded=True
        ),
    },
    default_tax_class="CO_GENERAL_19",
    commission_rate=Decimal("0.12"),
    commission_tax_class="CO_GENERAL_19",
    seller_approval="automatic",
    payout_hold_days=5,
    payout_limit=Decimal("10000000"),
    correction_limit=Decimal("2000000"),
    refund_limit=Decimal("2000000"),
    auto_deliver_days=14,
    refund_request_days=10,  # example value; within it lie the five working days of the law
    refund_answer_days=3,
    refund_staff_above=Decimal("1000000"),
    order_minimum=Decimal("5000"),
    shipping=Shipping(fee=Decimal("15000"), free_from=Decimal("200000"), days=(2, 5)),
    phone=Phone(country_code="57", mobile="3[0-9]{9}", example="300 123 4567"),
    identity_documents=(
        IdentityDocument(code="CC", label=_("Citizenship card (CC)"), is_valid=is_cedula),
        IdentityDocument(code="NIT", label="NIT", is_valid=is_nit, for_companies=True),
        IdentityDocument(code="CE", label=_("Foreigner card (CE)"), is_valid=is_foreigner_card),
    ),
    regions=REGIONS,
    payment_methods=(
        PaymentMethod(
            code="nequi",
            label="Nequi",
            gateway="wompi",
            fallbacks=("payu",),
            hint=_("Approve the payment in the Nequi app on your phone."),
            minutes_to_pay=30,
            minimum=Decimal("1500"),
            maximum=Decimal("10000000"),
            phone_pattern="3[0-9]{9}",
        ),
        PaymentMethod(
            code="pse",
            label="PSE",
            gateway="wompi",
            fallbacks=("payu",),
            hint=_("Pay from your bank account on your bank's own page."),
            minutes_to_pay=60,
            minimum=Decimal("1500"),
        ),
        PaymentMethod(
            code="card",
            label=_("Credit or debit card"),
            gateway="wompi",
            fallbacks=("payu",),
            hint=_("Visa, Mastercard, American Express. Up to 36 instalments."),
            minutes_to_pay=60,
            minimum=Decimal("1500"),
            maximum=Decimal("99000000"),
        ),
        PaymentMethod(
            code="bancolombia",
            label=_("Bancolombia transfer"),
            gateway="wompi",
            hint=_("Pay from your Bancolombia account in its app or on its page."),
            minutes_to_pay=60,
            minimum=Decimal("1500"),
        ),
        PaymentMethod(
            code="efecty",
            label="Efecty",
            gateway="payu",
            fallbacks=("efecty",),
            hint=_("Pay in cash at any Efecty point, with the number we give you."),
            minutes_to_pay=72 * 60,
            grace_minutes=6 * 60,
            minimum=Decimal("20000"),
            maximum=Decimal("6000000"),
        ),
    ),
    payout_rails=(
        PayoutRail(
            code="wompi_payouts",
            label=_("Bank transfer"),
            minimum=Decimal("10000"),
            fields=(
                "bank_code",
                "account_type",
                "account_number",
                "holder_name",
                "document_type",
                "document_number",
            ),
        ),
    ),
    address_hint=_("For example: Calle 72 # 10-34"),
    support_email="ayuda@mestore.example",
    support_phone="+57 300 000 0000",
)
