"""What the history of payments, refunds, payouts and cash codes says to staff: codes and notes in words."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.markets.base import Text
from payments.gateways.base import Reason
from payments.models import Verdict
from payments.reconciliation.statement_formats import name_of
from payments.refunds.returned import NO_WAY
from payments.wording import sentence

# Payments, refunds, payouts and cash codes share these words, so they agree with none of them.
KINDS: dict[str, Text] = {
    "account_proposed": _("Proposed: ask the buyer for an account"),
    "approval": _("Waiting for approval"),
    "approved": _("Approval"),
    "called_off": _("Called off"),
    "cancelled": _("Cancellation"),
    "contradicted": _("The company contradicts itself"),
    "created": _("Creation"),
    "disputed": _("Disputed at the bank"),
    "downloaded": _("Bank list downloaded"),
    "expired": _("Expiry"),
    "failed": _("Refusal or failure"),
    "issued": _("Code issued"),
    "let_go": _("Bank list let go"),
    "list_called_off": _("Bank list called off"),
    "listed": _("Put on a bank list"),
    "needs_account": _("Waiting for an account of the buyer"),
    "needs_staff": _("With our staff"),
    "not_sent": _("Not sent yet: to be tried again"),
    "paid": pgettext_lazy("history", "Payment done"),
    "paid_late": pgettext_lazy("history", "Paid late"),
    "pending": _("Waiting for the buyer"),
    "rejected": _("Turned down by the second person"),
    "reminded": _("Buyer reminded"),
    "reported": _("Reported by the first person"),
    "requested": _("Asked for"),
    "screened": _("Fraud rules applied"),
    "seen": _("Failure read by the buyer on the page"),
    "sending": _("Sent to the company"),
    "sent_again": _("Sent again under the same key"),
    "started": _("Begun at the company"),
    "succeeded": _("Confirmed"),
    "surplus": _("Received twice or too late"),
    "unanswered": _("No answer of the company"),
    "unknown": _("Being checked"),
    "without_money": _("Our account was short: to be tried again"),
    "withdrawn": _("Withdrawn"),
    "wrong_amount": _("The company names another amount"),
}
_NOTES: dict[str, Text] = {
    "by the shopper": _("by the buyer"),
    "paid": _("paid"),
    "not paid": _("not paid"),
    "two of us agree": _("two of us agree"),
    "rejected meanwhile": _("the order was rejected meanwhile"),
    "the rail had never seen it; same key": _("the company had never seen it; same key"),
    "it had never been seen; same key": _("the company had never seen it; same key"),
    "not ours": _("not ours"),
    "nothing to do": _("nothing to do"),
    "for staff": _("for staff"),
    "gave up": _("given up after days without an answer"),
    "matched later": _("matched later"),
    "GatewayUnavailable": _("no answer"),
    "NotSent": _("could not be sent"),
    "Misconfigured": _("the company does not accept our keys"),
    "wrong_amount": _("another amount"),
    NO_WAY: _("too much for a wallet, or an amount that none takes: pay it back by hand"),
}
# Each value found is itself put into words.
_PATTERNS: tuple[tuple[str, Text], ...] = (
    (
        r"asked (?P<asked>.+), the (?:company|rail) says (?P<said>.+)",
        _("asked: %(asked)s; answered: %(said)s"),
    ),
    (r"(?P<here>\w+) here, the rail says (?P<there>\w+)", _("here: %(here)s; at the company: %(there)s")),
    (r"(?P<count>\d+) entries", _("ledger entries: %(count)s")),
    (r"receipt (?P<number>.+)", _("receipt %(number)s")),
    (r"paid again under (?P<reference>\S+)", _("paid again under %(reference)s")),
    (r"(?P<money>.+) booked by user (?P<user>\S+)", _("%(money)s booked by staff")),
    (r"came back: (?P<why>.+)", _("came back: %(why)s")),
    (r"(?P<verdict>\w+), (?P<score>\d+)", _("%(verdict)s (%(score)s points)")),
    (r"found in statement (?P<number>\d+)", _("found in statement %(number)s")),
    (r"(?P<why>.+), posting taken back", _("%(why)s, posting taken back")),
    (
        r"(?P<company>[a-z_0-9]+) (?P<reference>[A-Z0-9-]+): (?P<why>.+)",
        "%(company)s, %(reference)s: %(why)s",
    ),
    (r"(?P<first>[^;]+); (?P<more>.+)", "%(first)s; %(more)s"),
)
_REASONS = frozenset(reason.value for reason in Reason)
_VERDICTS = dict(Verdict.choices)


def in_words(note: str) -> Any:
    """Ours in the reader's language; what people and companies wrote stays as they wrote it."""
    if note in _REASONS:
        return sentence(note)
    known = _NOTES.get(note) or _VERDICTS.get(note) or KINDS.get(note)
    if known:
        return known
    for pattern, text in _PATTERNS:
        if found := re.fullmatch(pattern, note):
            return text % {name: in_words(value) for name, value in found.groupdict().items()}
    return name_of(note)
