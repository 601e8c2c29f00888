"""People: who they are, where they live, and what happened to their account."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace import labels


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"
    label = "accounts"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        labels.attach(self, {})
