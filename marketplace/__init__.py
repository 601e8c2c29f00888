"""Two marketplaces in one site: wiring, and the ground all apps stand on."""

from marketplace.celery import app as celery_app

__all__ = ["celery_app"]
