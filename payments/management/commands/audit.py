"""Recompute the books and say what differs; exit status 1 when something does."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.books import auditing


class Command(BaseCommand):
    help = "Checks every invariant of money and stock against the database (docs/money.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        found = auditing.findings()
        for each in found:
            self.stderr.write(f"{each['rule']} {each['says']}: {each['count']} ({each['examples']})")
        if found:
            raise CommandError(f"{len(found)} rules are broken")
        self.stdout.write(f"{len(auditing.rules())} rules hold.")
