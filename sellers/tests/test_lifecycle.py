"""A store's status moves along its arrows only, with an event, a reason and a message."""

import pytest

from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.mailing.models import OutgoingMessage
from sellers import lifecycle
from sellers.models import TRANSITIONS, Seller, SellerStatus
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
told = []


def note(seller_id):
    """Stands where the catalogue listens."""
    told.append(seller_id)


def step(seller, to, by):
    if to == SellerStatus.APPROVED:
        lifecycle.approve(seller=seller, by=by)
    elif to == SellerStatus.REJECTED:
        lifecycle.reject(seller=seller, by=by, reason="No document")
    elif to == SellerStatus.SUSPENDED:
        lifecycle.suspend(seller=seller, by=by, reason="Complaints")
    else:
        lifecycle.resubmit(seller=seller, by=by)


@pytest.mark.parametrize("origin", SellerStatus.values)
@pytest.mark.parametrize("target", SellerStatus.values)
def test_every_pair_of_statuses_is_an_arrow_or_refused(origin, target):
    seller, staff = make_seller(market_code="mz", status=origin), make_user()

    if target in TRANSITIONS[origin]:
        step(seller, target, staff)
        assert Seller.objects.get().status == target
        assert seller.events.get().by == staff
        assert OutgoingMessage.objects.count() == 1
    else:
        with pytest.raises(IllegalTransition):
            step(seller, target, staff)
        assert Seller.objects.get().status == origin
        assert not seller.events.exists() and not OutgoingMessage.objects.exists()


def test_an_approval_says_who_and_when_and_writes_in_the_owners_language(bento):
    seller, staff = make_seller(market_code="mz", owner=bento, status="pending"), make_user()

    lifecycle.approve(seller=seller, by=staff)

    seller.refresh_from_db()
    assert seller.approved_by == staff and seller.approved_at
    message = OutgoingMessage.objects.get()
    assert (message.recipient, message.language, message.template) == (bento.email, "pt", "sellers/approved")


def test_the_end_of_a_suspension_keeps_the_first_approval():
    seller, staff = make_seller(market_code="mz"), make_user()
    first = seller.approved_at

    lifecycle.suspend(seller=seller, by=staff, reason="Complaints")
    lifecycle.approve(seller=seller, by=staff)

    seller.refresh_from_db()
    assert seller.approved_at == first and seller.status_reason == ""
    assert [event.kind for event in seller.events.all()] == ["suspended", "reinstated"]


@pytest.mark.parametrize("verb", [lifecycle.reject, lifecycle.suspend])
def test_who_is_refused_is_told_why(verb):
    seller = make_seller(market_code="mz", status="pending" if verb is lifecycle.reject else "approved")

    with pytest.raises(lifecycle.ReasonMissing):
        verb(seller=seller, by=make_user(), reason="  ")
    verb(seller=seller, by=make_user(), reason="The document is not legible")

    assert "The document is not legible" in OutgoingMessage.objects.get().text


def test_two_people_cannot_decide_differently():
    seller = make_seller(market_code="mz", status="pending")
    other_tab = Seller.objects.get()

    lifecycle.approve(seller=seller, by=make_user())

    with pytest.raises(StaleState):
        lifecycle.reject(seller=other_tab, by=make_user(), reason="No")
    assert Seller.objects.get().status == "approved"


def test_whoever_shows_products_is_told(settings):
    settings.SELLER_STATUS_HOOKS = [f"{__name__}.note"]
    told.clear()
    seller = make_seller(market_code="mz", status="pending")

    lifecycle.approve(seller=seller, by=make_user())

    assert told == [seller.pk]
