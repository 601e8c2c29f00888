"""Messages on their way out: kept in a table until a server has taken them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace import labels


class MailingConfig(AppConfig):
    name = "marketplace.mailing"
    label = "mailing"
    verbose_name = _("Messages sent")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        labels.attach(self, {})
