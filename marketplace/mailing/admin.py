"""Messages in the back office: what left, what waits, and another try."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.back_office import ReadOnly
from marketplace.mailing.models import OutgoingMessage


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "created_at",
        "kind",
        "recipient",
        "template",
        "about",
        "language",
        "attempts",
        "sent_at",
        "last_error",
    )
    list_filter = ("kind", "market_code", ("sent_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("recipient", "template", "about")
    actions = ("try_again",)
    # The words may hold codes and addresses; staff see that a message left, not what it says.
    exclude = ("text", "html", "subject")

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[OutgoingMessage]) -> None:
        count = chosen.filter(sent_at=None).update(attempts=0, next_try_at=timezone.now())
        text = ngettext("%(count)d message is tried again.", "%(count)d messages are tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
