"""One English word, several nouns: each status agrees with what it is said of."""

import pytest
from django.utils import translation

from orders.models import OrderStatus, SellerOrderStatus
from payments.models import CashStatus, PaymentStatus, PayoutStatus, RefundStatus


@pytest.mark.parametrize(
    ("status", "es", "pt"),
    [
        (OrderStatus.PAID, "Pagado", "Paga"),
        (PaymentStatus.SUCCEEDED, "Pagado", "Pago"),
        (CashStatus.PAID, "Pagado", "Pago"),
        (PayoutStatus.PAID, "Pagado", "Paga"),
        (OrderStatus.EXPIRED, "Vencido", "Expirada"),
        (PaymentStatus.EXPIRED, "Vencido", "Expirado"),
        (SellerOrderStatus.CANCELLED, "Cancelado", "Cancelada"),
        (PaymentStatus.CANCELLED, "Cancelado", "Cancelado"),
        (CashStatus.CANCELLED, "Cancelado", "Cancelado"),
        (RefundStatus.CREATED, "Aprobado", "Aprovado"),
    ],
)
def test_it_agrees_with_its_noun(status, es, pt):
    for language, word in (("es", es), ("pt", pt), ("en", str(status.label))):
        with translation.override(language):
            assert status.label == word
