from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.labels import LABELS
from marketplace import labels


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        labels.attach(self, LABELS)
