"""`manage.py demo`: fill both markets with stores, products, pictures, people and orders, once."""

import logging
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace.demo import bulk, loading, people


class Command(BaseCommand):
    help = "Load the demo data. Does nothing where it is loaded already; never in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--products", type=int, default=0, metavar="N", help="grow the catalogue to N products"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress display")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo has logins that everybody knows: it is for development only.")
        progress = Progress(self, quiet=options["quiet"])
        logging.disable(logging.INFO)  # two hundred payments "moved" would hide the progress
        try:
            self._fill(progress, options["products"])
        finally:
            logging.disable(logging.NOTSET)

    def _fill(self, progress: "Progress", wanted: int) -> None:
        if loading.is_loaded():
            self.stdout.write("The demo data is there already.")
        else:
            self._load(progress)
        if wanted:
            started = time.monotonic()
            made = bulk.grow(wanted, report=progress)
            self.stdout.write(f"{made} products more in {time.monotonic() - started:.0f} s.")

    def _load(self, progress: "Progress") -> None:
        started = time.monotonic()
        loaded = loading.everything(report=progress)
        self.stdout.write(
            f"Demo data: {loaded.stores} stores, {loaded.products} products, {loaded.reviews} reviews, "
            f"{loaded.orders} orders in {time.monotonic() - started:.0f} s. "
            f"Every login has the password {people.PASSWORD}"
        )


class Progress:
    """A line that grows on a terminal, and one line per part elsewhere."""

    def __init__(self, command: BaseCommand, *, quiet: bool) -> None:
        self.out = command.stdout
        self.quiet = quiet
        self.is_terminal = sys.stdout.isatty()

    def __call__(self, part: str, done: int, total: int) -> None:
        if self.quiet:
            return
        if self.is_terminal:
            bar = "█" * (24 * done // max(total, 1))
            self.out.write(f"\r  {part:<14} {bar:<24} {done}/{total}", ending="\n" if done == total else "")
            self.out.flush()
        elif done == total:
            self.out.write(f"  {part}: {total}")
