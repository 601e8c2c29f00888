"""How far the commission of a sale has come (MS-COM-04): nothing is stored, all follows from the books."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.utils.translation import pgettext_lazy

from orders.models import SellerOrder
from payments.models import Movement, PayoutLine, PayoutStatus, Refund


class CommissionState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("commission", "Pending")  # sold, not delivered or still held
    APPROVED = "approved", pgettext_lazy("commission", "Approved")  # earned: the hold is over
    PAID = "paid", pgettext_lazy("commission", "Paid")  # its sale has been paid out
    RETURNED = "returned", pgettext_lazy("commission", "Returned")  # the whole sale was refunded


def with_commission_state(parts: QuerySet[SellerOrder]) -> QuerySet[SellerOrder]:
    """Annotated with `commission_state`, of parts that were paid for."""
    carried = PayoutLine.objects.filter(
        seller_order=OuterRef("pk"),
        entry__kind=Movement.RELEASE,
        is_void=False,
        payout__status=PayoutStatus.PAID,
    )
    given_back = Refund.objects.filter(seller_order=OuterRef("pk")).order_by().values("seller_order")
    refunded = Subquery(given_back.annotate(total=Sum("amount")).values("total"))
    return parts.annotate(refunded=refunded).annotate(
        commission_state=Case(
            When(Q(refunded__gte=F("total")), then=Value(CommissionState.RETURNED)),
            When(Exists(carried), then=Value(CommissionState.PAID)),
            When(released_at__isnull=False, then=Value(CommissionState.APPROVED)),
            default=Value(CommissionState.PENDING),
            output_field=models.CharField(max_length=10),
        )
    )
