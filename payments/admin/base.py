"""What the money screens share."""

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import ngettext


class ReadOnly:
    """Nothing is added, changed or deleted by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_money_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payout")

    def told(self, request: HttpRequest, count: int) -> None:
        text = ngettext("%(count)d queued.", "%(count)d queued.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
