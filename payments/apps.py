from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from marketplace import labels
from payments.labels import LABELS


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Money")

    def ready(self) -> None:
        labels.attach(self, LABELS)
