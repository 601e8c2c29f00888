"""Mozambique: meticais, organic food, mobile wallets first."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import (
    City,
    IdentityDocument,
    Market,
    PaymentMethod,
    PayoutRail,
    Phone,
    Region,
    Shipping,
    TaxClass,
)
from marketplace.markets.documents import is_bilhete, is_nuit


def _region(code: str, name: str, *cities: tuple[str, float, float]) -> Region:
    return Region(
        code=code, name=name, cities=tuple(City(name=n, latitude=x, longitude=y) for n, x, y in cities)
    )


# The eleven provinces with the towns we deliver to.
REGIONS = (
    _region("MPM", "Maputo Cidade", ("Maputo", -25.969, 32.573), ("KaTembe", -26.033, 32.533)),
    _region(
        "L",
        "Maputo Província",
        ("Matola", -25.962, 32.459),
        ("Boane", -26.043, 32.327),
        ("Marracuene", -25.739, 32.674),
        ("Namaacha", -25.983, 32.017),
        ("Manhiça", -25.402, 32.807),
    ),
    _region(
        "G", "Gaza", ("Xai-Xai", -25.052, 33.644), ("Chókwè", -24.533, 32.983), ("Bilene", -25.277, 33.251)
    ),
    _region(
        "I",
        "Inhambane",
        ("Inhambane", -23.865, 35.383),
        ("Maxixe", -23.860, 35.347),
        ("Vilankulo", -22.0, 35.317),
    ),
    _region(
        "S", "Sofala", ("Beira", -19.843, 34.839), ("Dondo", -19.609, 34.743), ("Gorongosa", -18.683, 34.067)
    ),
    _region(
        "B",
        "Manica",
        ("Chimoio", -19.116, 33.483),
        ("Manica", -18.936, 32.877),
        ("Sussundenga", -19.41, 33.293),
    ),
    _region("T", "Tete", ("Tete", -16.157, 33.587), ("Moatize", -16.117, 33.733)),
    _region(
        "Q",
        "Zambézia",
        ("Quelimane", -17.879, 36.888),
        ("Mocuba", -16.839, 36.985),
        ("Gurué", -15.463, 36.981),
    ),
    _region(
        "N",
        "Nampula",
        ("Nampula", -15.117, 39.266),
        ("Nacala", -14.543, 40.673),
        ("Ilha de Moçambique", -15.034, 40.736),
    ),
    _region("A", "Niassa", ("Lichinga", -13.313, 35.241), ("Cuamba", -14.803, 36.537)),
    _region("P", "Cabo Delgado", ("Pemba", -12.973, 40.517), ("Montepuez", -13.126, 38.999)),
)

MARKET = Market(
    code="mz",
    name="Txova",
    country=_("Mozambique"),
    country_code="MZ",
    tagline=_("Organic food from the farms near you"),
    hosts=("mz.localhost",),
    languages=("pt", "en"),
    search_language="pt",
    time_zone="Africa/Maputo",
    currency="MZN",
    prices_include_tax=True,
    tax_name="IVA",
    tax_classes={
        # Law 22/2022: 17 % became 16 % on 1 January 2023; maize, bread, fresh tomato and others are exempt.
        "MZ_GENERAL_16": TaxClass(
            code="MZ_GENERAL_16",
            label=_("General rate"),
            rates=((date(2008, 1, 1), Decimal("0.17")), (date(2023, 1, 1), Decimal("0.16"))),
        ),
        "MZ_REDUCED_5": TaxClass(
            code="MZ_REDUCED_5", label=_("Reduced rate"), rates=((date(2023, 1, 1), Decimal("0.05")),)
        ),
        "MZ_EXEMPT": TaxClass(
            code="MZ_EXEMPT", label=_("Exempt"), rates=((date(2008, 1, 1), Decimal(0)),), excluded=True
        ),
    },
    default_tax_class="MZ_GENERAL_16",
    commission_rate=Decimal("0.10"),
    commission_tax_class="MZ_GENERAL_16",
    seller_approval="review",
    payout_hold_days=7,
    payout_limit=Decimal("150000"),
    correction_limit=Decimal("30000"),
    refund_limit=Decimal("30000"),
    auto_deliver_days=14,
    refund_request_days=10,
    refund_answer_days=3,
    refund_staff_above=Decimal("15000"),
    order_minimum=Decimal("50"),
    shipping=Shipping(fee=Decimal("250"), free_from=Decimal("5000"), days=(2, 6)),
    phone=Phone(country_code="258", mobile="8[2-7][0-9]{7}", example="84 123 4567"),
    identity_documents=(
        IdentityDocument(code="NUIT", label="NUIT", is_valid=is_nuit, for_companies=True),
        IdentityDocument(code="BI", label=_("Identity card (BI)"), is_valid=is_bilhete),
    ),
    regions=REGIONS,
    payment_methods=(
        PaymentMethod(
            code="mpesa",
            label="M-Pesa",
            gateway="mpesa",
            hint=_("Confirm with your PIN on your phone. Vodacom numbers (84, 85)."),
            minutes_to_pay=30,
            # Bank of Mozambique, 2020, "temporary"; current value unverified, so a setting may lower it.
            maximum=Decimal("50000"),
            phone_pattern="8[45][0-9]{7}",
        ),
        PaymentMethod(
            code="emola",
            label="e-Mola",
            gateway="emola",
            hint=_("Confirm with your PIN on your phone. Movitel numbers (86, 87)."),
            minutes_to_pay=30,
            maximum=Decimal("50000"),  # as above; the contract with Movitel may say less (EMOLA_MAXIMUM)
            phone_pattern="8[67][0-9]{7}",
            phone_example="86 123 4567",
            whole_amounts=True,
        ),
        PaymentMethod(
            code="card",
            label=_("Credit or debit card"),
            gateway="stripe",
            hint=_("Visa, Mastercard, American Express, on the payment company's own page."),
            minutes_to_pay=60,
            # Stripe asks for about half a US dollar, and writes amounts in eight digits with the centavos.
            minimum=Decimal("50"),
            maximum=Decimal("999999"),
        ),
    ),
    payout_rails=(
        # Wallets hold no more than buyers may pay with at once; the rest of a payout follows the next day.
        PayoutRail(
            code="mpesa_b2c",
            label="M-Pesa",
            minimum=Decimal("100"),
            maximum=Decimal("50000"),
            fields=("phone", "holder_name"),
        ),
        PayoutRail(
            code="emola_b2c",
            label="e-Mola",
            minimum=Decimal("100"),
            maximum=Decimal("50000"),
            fields=("phone", "holder_name"),
            whole_amounts=True,
        ),
        # No bank here takes payouts by machine: two people hand in a list. Above wallet limits there is no other.
        PayoutRail(
            code="bank_file",
            label=_("Bank transfer"),
            minimum=Decimal("500"),
            fields=("bank_name", "nib", "holder_name", "nuit"),
            columns=(
                ("Conta a debitar", "our_account"),
                ("Beneficiário", "holder_name"),
                ("NIB", "nib"),
                ("Banco", "bank_name"),
                ("NUIT", "nuit"),
                ("Valor", "amount"),
                ("Moeda", "currency"),
                ("Referência", "reference"),
            ),
        ),
    ),
    address_hint=_("Street, number, quarter; a landmark helps the driver."),
    support_email="ajuda@txova.example",
    support_phone="+258 84 000 0000",
)
