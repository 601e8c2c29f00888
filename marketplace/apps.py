from django.apps import AppConfig, apps
from django.core import checks

from marketplace import labels
from marketplace.borrowed_words import LABELS, NAMES
from marketplace.checks import check_start


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        checks.register(check_start, "marketplace")
        for library in ("mfa", "usersessions"):
            labels.attach(apps.get_app_config(library), LABELS)
            for model in apps.get_app_config(library).get_models():
                model._meta.verbose_name, model._meta.verbose_name_plural = NAMES[model.__name__]
