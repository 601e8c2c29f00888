from django.apps import AppConfig
from django.core import checks

from marketplace.checks import check_start


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        checks.register(check_start, "marketplace")
