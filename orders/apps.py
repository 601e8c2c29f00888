"""From cart to doorstep."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace import labels
from orders.labels import LABELS


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        labels.attach(self, LABELS)
