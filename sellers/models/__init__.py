"""Who sells: stores, their people, places, hours, ways of delivering and where their money goes."""

from sellers.models.destination import PayoutDestination
from sellers.models.seller import (
    MAX_COMMISSION,
    TRANSITIONS,
    PayoutSchedule,
    Seller,
    SellerEvent,
    SellerQuerySet,
    SellerStatus,
)
from sellers.models.store import (
    DeliveryKind,
    DeliveryOption,
    Location,
    Member,
    MemberRole,
    OpeningHours,
)

__all__ = [
    "MAX_COMMISSION",
    "TRANSITIONS",
    "DeliveryKind",
    "DeliveryOption",
    "Location",
    "Member",
    "MemberRole",
    "OpeningHours",
    "PayoutDestination",
    "PayoutSchedule",
    "Seller",
    "SellerEvent",
    "SellerQuerySet",
    "SellerStatus",
]
