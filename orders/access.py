"""Who may see an order: its buyer, and whoever opened its secret link in this session."""

from django.db.models import Q
from django.http import Http404

from marketplace.http import Request
from orders.models import Order
from orders.numbering import PATTERN

SESSION_KEY = "orders"
REMEMBERED = 20


def find_order(request: Request, number: str) -> Order:
    """The order with this number, if it is the visitor's. To everybody else it does not exist (I-12)."""
    if not PATTERN.fullmatch(number):
        raise Http404
    theirs = Q(pk__in=[])
    if request.user.is_authenticated:
        theirs |= Q(user=request.user)
    if number in request.session.get(SESSION_KEY, []):
        theirs |= Q(number=number)
    order = Order.objects.filter(theirs, number=number, market_code=request.market.code).first()
    if order is None:
        raise Http404
    return order


def remember(request: Request, order: Order) -> None:
    """Let this browser see the order from now on."""
    known = [number for number in request.session.get(SESSION_KEY, []) if number != order.number]
    request.session[SESSION_KEY] = [*known, order.number][-REMEMBERED:]
