"""`manage.py payouts`: release what is due and pay sellers now, without waiting for the clock."""

from typing import Any

from django.core.management.base import BaseCommand

from payments.disbursement import payouts


class Command(BaseCommand):
    help = "Release the money of delivered orders whose hold is over, and queue a payout for every seller."

    def handle(self, *args: Any, **options: Any) -> None:
        released, paid = payouts.release_due(), payouts.pay_all()
        self.stdout.write(f"{released} orders released, {paid} payouts on their way.")
