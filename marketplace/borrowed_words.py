"""Words of libraries that come without Spanish or Portuguese, named here for our own catalogues to hold."""

from django.utils.functional import Promise
from django.utils.translation import gettext_noop as _
from django.utils.translation import pgettext_lazy

# Their labels of fields, where they name none.
LABELS: dict[str, Promise | str] = {
    "user": pgettext_lazy("back office", "person"),
    "type": pgettext_lazy("back office", "kind"),
    "data": pgettext_lazy("back office", "data"),
    "created_at": pgettext_lazy("back office", "created"),
    "last_used_at": pgettext_lazy("back office", "last used"),
    "last_seen_at": pgettext_lazy("back office", "last seen"),
    "ip": pgettext_lazy("back office", "IP address"),
    "user_agent": pgettext_lazy("back office", "browser"),
    "session_key": pgettext_lazy("back office", "key"),
}
# One row, and many, of those that say neither.
NAMES = {
    "Authenticator": (
        pgettext_lazy("back office", "second factor"),
        pgettext_lazy("back office", "second factors"),
    ),
    "UserSession": (pgettext_lazy("back office", "session"), pgettext_lazy("back office", "sessions")),
}
# Said by the libraries themselves.
SAID = (
    _("Audit log"),
    _("Audit log: %s"),
    _("Changes"),
    _("Click to filter by records with this correlation id"),
    _("Correlation ID"),
    _("Created"),
    _("Created {repr:s}"),
    _("Deleted {repr:s}"),
    _("Logged {repr:s}"),
    _("MFA"),
    _("Resource"),
    _("Resource Type"),
    _("TOTP Authenticator"),
    _("Recovery codes"),
    _("Updated {repr:s}"),
    _("User"),
    _("User Sessions"),
    _("access"),
    _("action"),
    _("actor"),
    _("create"),
    _("delete"),
    _("log entries"),
    _("log entry"),
    _("object representation"),
    _("update"),
)
