"""Staff correct a seller's balance, with a reason that the seller reads."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from marketplace.accounts.models import User
from payments.books import ledger
from payments.earnings import statement_emails
from payments.models import LedgerEntry, Movement
from sellers.models import Seller


@transaction.atomic
def adjust(*, seller: Seller, amount: Decimal, reason: str, key: UUID, by: User) -> bool:
    """Add an amount to what the seller may have, or take it away; it may become a debt.

    `key` was drawn when the form was shown: the same form sent twice corrects once (False).
    Waits for a payout that is being made, so that the payout nets it whole or not at all.
    """
    locked = Seller.objects.select_for_update(of=("self",), no_key=True).get(pk=seller.pk)
    source = f"{Movement.ADJUSTMENT}:{key}"
    if LedgerEntry.objects.filter(source=source).exists():
        return False
    ledger.record_adjustment(locked, amount, key=str(key), note=reason, by=by)
    statement_emails.send_correction(locked, amount, reason, about=source)
    return True
