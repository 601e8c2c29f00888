"""What the money screens share."""

from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from marketplace import back_office
from marketplace.back_office import Say, said_by
from payments import history
from payments.reconciliation.statement_formats import name_of

_words = back_office.ReadOnly.words


def _company(code: str) -> str:
    """A payment company, or the way of paying out that a company or bank carries."""
    return name_of(code) if name_of(code) != code else _words["rail"](code)


class ReadOnly(back_office.ReadOnly):
    """Nothing is added, changed or deleted by hand; codes and notes of ours are read as words."""

    show_full_result_count = False
    words: ClassVar[dict[str, Say]] = {
        **_words,
        "company": _company,
        "gateway": _company,
        "kind": said_by(history.KINDS),
        "note": history.in_words,
        "outcome": history.in_words,
        "failure_reason": history.in_words,
        "status": said_by(history.KINDS),
    }

    def has_money_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payout")

    def told(self, request: HttpRequest, count: int) -> None:
        text = ngettext("%(count)d queued.", "%(count)d queued.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
