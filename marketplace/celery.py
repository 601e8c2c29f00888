"""What happens by itself: the modules that hold background work, and the clock."""

import os
from importlib.util import find_spec

from celery import Celery
from celery.schedules import crontab

# Celery looks for this when it is made, and only then gives tasks `delay_on_commit`.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")

MODULES = (
    "marketplace.health",
    "marketplace.mailing.delivery",
    "catalog.photos",
    "orders.carts",
    "orders.lifecycle",
    "payments.collecting",
    "payments.notices",
    "payments.payouts",
)
app.conf.imports = tuple(name for name in MODULES if find_spec(name))

app.conf.beat_schedule = {
    "heartbeat": {"task": "marketplace.health.beat", "schedule": 15, "options": {"expires": 30}},
    "messages": {"task": "marketplace.mailing.delivery.sweep", "schedule": 30, "options": {"expires": 30}},
    "old_messages": {
        "task": "marketplace.mailing.delivery.forget_old",
        "schedule": crontab(hour=4, minute=10),
    },
    "old_carts": {"task": "orders.carts.drop_expired", "schedule": crontab(hour=4, minute=20)},
    "auto_deliver": {"task": "orders.lifecycle.deliver_overdue", "schedule": crontab(minute=15)},
}
