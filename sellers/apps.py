from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace import labels
from sellers.labels import LABELS


class SellersConfig(AppConfig):
    name = "sellers"
    verbose_name = _("Stores")

    def ready(self) -> None:
        labels.attach(self, LABELS)
