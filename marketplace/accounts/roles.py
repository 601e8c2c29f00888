"""What the two staff groups may do in the back office."""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

STAFF = "Staff"
SUPPORT = "Support"

# App label: the actions on its models. Statuses and amounts are read-only in the admin itself.
GRANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    STAFF: {
        "accounts": ("view", "change"),
        "mailing": ("view",),
        "sellers": ("view", "change"),
        "catalog": ("view", "add", "change"),
        "orders": ("view", "change"),
        "payments": ("view", "change"),
        "support": ("view", "add", "change"),
        "auditlog": ("view",),
    },
    SUPPORT: {
        "accounts": ("view",),
        "orders": ("view",),
        "sellers": ("view",),
        "support": ("view", "change"),
    },
}


@transaction.atomic
def grant() -> None:
    """Give both groups exactly these permissions; run after migrations, as often as you like."""
    for name, grants in GRANTS.items():
        group, _created = Group.objects.get_or_create(name=name)
        wanted = Q(pk__in=())
        for label, actions in grants.items():
            for action in actions:
                wanted |= Q(content_type__app_label=label, codename__startswith=f"{action}_")
        group.permissions.set(Permission.objects.filter(wanted))
