"""`manage.py roles`: give the staff groups their permissions."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.accounts import roles


class Command(BaseCommand):
    help = "Create the groups Staff and Support and set what they may do."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.grant()
        self.stdout.write(f"Groups {', '.join(roles.GRANTS)} are set.")
