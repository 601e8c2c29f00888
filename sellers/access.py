"""Who may enter a store's back room, and which store when someone has several."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from marketplace.accounts.access import sign_in_required
from marketplace.http import Request
from sellers.models import Member, MemberRole, Seller

SESSION_KEY = "seller"
View = Callable[..., HttpResponse]


class SellerRequest(Request):
    """What a view of the seller portal receives."""

    seller: Seller
    member: Member
    memberships: list[Member]


def memberships_of(request: Request) -> list[Member]:
    """This person's stores in this country, oldest first."""
    own = request.user.memberships.filter(seller__market_code=request.market.code)
    return list(own.select_related("seller").order_by("since", "pk"))


def enter(request: SellerRequest) -> bool:
    """Set request.seller and request.member; false when this person has no store in this country."""
    members = memberships_of(request)
    if not members:
        return False
    chosen = request.session.get(SESSION_KEY)
    request.memberships = members
    request.member = next((member for member in members if member.seller_id == chosen), members[0])
    request.seller = request.member.seller
    return True


def seller_required(view: View) -> View:
    """For the people of a store; to others the page does not exist."""

    @wraps(view)
    def guarded(request: SellerRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not enter(request):
            raise Http404
        return view(request, *args, **kwargs)

    return sign_in_required(guarded)


def owner_required(view: View) -> View:
    """For the owner alone: where the money goes."""

    @wraps(view)
    def guarded(request: SellerRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.member.role != MemberRole.OWNER:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return seller_required(guarded)
