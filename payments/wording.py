"""Reasons and statuses in sentences for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.gateways.base import Reason
from payments.models import Attention, Payment, PaymentStatus

_REASONS: dict[str, str | Promise] = {
    Reason.INSUFFICIENT_FUNDS: _("There was not enough money in the account."),
    Reason.REFUSED_BY_BANK: _("Your bank or wallet refused the payment."),
    Reason.CANCELLED_BY_BUYER: _("The payment was cancelled."),
    Reason.EXPIRED: _("The time to confirm the payment ran out."),
    Reason.INVALID_PHONE: _("This phone number has no such wallet."),
    Reason.LIMIT_EXCEEDED: _("The amount is above a limit of your account."),
    Reason.WHOLE_AMOUNTS: _("Only whole amounts, without centavos, can be paid this way."),
    Reason.ACCOUNT_PROBLEM: _("The account or wallet cannot be used. Your bank or operator can say why."),
    Reason.BUSY: _(
        "Your phone is busy with another operation of this wallet. Finish it and try again in a minute."
    ),
    Reason.INVALID_CARD: _("The number, the date or the security code of the card is not right."),
    Reason.ASK_BANK: _("Your bank does not allow this payment. Please ask your bank, or pay another way."),
    Reason.SECURITY_CHECK: _("A security check refused the payment. Please pay another way."),
    Reason.BANK_UNREACHABLE: _("Your bank could not be reached. Please try again later."),
    Reason.DISPUTED: _("The payment is disputed at the bank, which decides about it."),
    Reason.COMPANY_ERROR: _("The payment company had a problem."),
}
_OTHER = _("The payment company gave no reason.")
# When a payout came to nothing for these, the store has no account to check.
OURS_TO_MEND: tuple[str, ...] = (
    Reason.INSUFFICIENT_FUNDS,
    Reason.COMPANY_ERROR,
    Reason.BANK_UNREACHABLE,
)
_OURS_WAS_SHORT = _("Our own account there was short of money. There is nothing you need to do.")
_NEVER_OPENED = _("The payment company had a problem. No money was taken.")
_OTHER_AMOUNT = _(
    "The payment company names another amount than your order."
    " Our staff are looking into it and will write to you."
)
_UNCONFIRMED = _(
    "The payment company could not confirm your payment."
    " If money was taken, it will be found and counted or sent back."
)


def sentence(reason: str) -> str | Promise:
    """Why a payment failed; codes that nobody knows get an honest general sentence."""
    return _REASONS.get(reason, _OTHER)


def why_not_paid_out(reason: str) -> str | Promise:
    """The same to a seller: what was missing there was our money, not theirs."""
    return _OURS_WAS_SHORT if reason == Reason.INSUFFICIENT_FUNDS else sentence(reason)


def why(payment: Payment) -> str | Promise:
    """Why this attempt came to nothing; where nobody could confirm that, it does not say so."""
    if payment.attention == Attention.WRONG_AMOUNT:
        return _OTHER_AMOUNT
    if payment.attention:
        return _UNCONFIRMED
    if payment.failure_reason == Reason.COMPANY_ERROR and not payment.company_reference:
        return _NEVER_OPENED
    expired = payment.status == PaymentStatus.EXPIRED
    return sentence(Reason.EXPIRED if expired else payment.failure_reason)
