"""What happens by itself: the modules that hold background work, and the clock."""

import os

from celery import Celery
from celery.schedules import crontab

from marketplace.checks import StartCheck

# Celery looks for this when it is made, and only then gives tasks `delay_on_commit`.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
app = Celery("marketplace", task_cls="marketplace.background:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(StartCheck)

MODULES = (
    "marketplace.health",
    "marketplace.mailing.delivery",
    "marketplace.accounts.sessions",
    "catalog.photos",
    "catalog.cards",
    "catalog.spelling",
    "orders.carts",
    "orders.lifecycle",
    "payments.collecting",
    "payments.settling",
    "payments.polling",
    "payments.notices",
    "payments.company_lists",
    "payments.refunds.requesting",
    "payments.disbursement.payouts",
    "payments.disbursement.sending",
    "payments.refunds.surplus",
    "payments.refunds.refunding",
    "payments.refunds.returning",
    "payments.withdrawing",
    "payments.books.auditing",
    "payments.earnings.commission_documents",
    "payments.risk.screening",
    "payments.vouchers.cash",
    "payments.reconciliation.fetching",
    "payments.reconciliation.resolving",
)
app.conf.imports = MODULES

app.conf.beat_schedule = {
    "heartbeat": {"task": "marketplace.health.beat", "schedule": 15, "options": {"expires": 30}},
    "messages": {"task": "marketplace.mailing.delivery.sweep", "schedule": 30, "options": {"expires": 30}},
    "old_messages": {
        "task": "marketplace.mailing.delivery.forget_old",
        "schedule": crontab(hour=4, minute=10),
    },
    "photos": {"task": "catalog.photos.sweep", "schedule": 60, "options": {"expires": 60}},
    "availability": {"task": "catalog.cards.repair_availability", "schedule": crontab(minute="*/10")},
    "vocabularies": {"task": "catalog.spelling.refresh_vocabularies", "schedule": crontab(minute=40)},
    "old_carts": {"task": "orders.carts.drop_expired", "schedule": crontab(hour=4, minute=20)},
    "old_sessions": {
        "task": "marketplace.accounts.sessions.drop_expired",
        "schedule": crontab(hour=4, minute=30),
    },
    "auto_deliver": {"task": "orders.lifecycle.deliver_overdue", "schedule": crontab(minute=15)},
    "open_payments": {"task": "payments.polling.poll_pending", "schedule": 5, "options": {"expires": 10}},
    "unpaid_orders": {"task": "payments.polling.expire_overdue", "schedule": 30, "options": {"expires": 60}},
    "called_off": {"task": "payments.polling.leave_called_off", "schedule": 30, "options": {"expires": 60}},
    "notices": {"task": "payments.notices.sweep", "schedule": 60, "options": {"expires": 120}},
    "missed_notices": {"task": "payments.notices.collect_missed", "schedule": crontab(hour=5, minute=10)},
    "company_lists": {"task": "payments.company_lists.refresh_all", "schedule": crontab(minute=25)},
    "overdue_requests": {
        "task": "payments.refunds.requesting.escalate_overdue",
        "schedule": crontab(minute=5),
    },
    "old_fingerprints": {
        "task": "payments.risk.screening.forget_old",
        "schedule": crontab(hour=4, minute=40),
    },
    "release": {
        "task": "payments.disbursement.payouts.release_due",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "pay_sellers": {
        "task": "payments.disbursement.payouts.pay_all",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "cash_codes": {"task": "payments.vouchers.cash.close_overdue", "schedule": crontab(minute="*/5")},
    "match_again": {
        "task": "payments.reconciliation.resolving.match_again",
        "schedule": crontab(minute=50),
    },
    "statements_by_api": {
        "task": "payments.reconciliation.fetching.fetch_all",
        "schedule": crontab(hour=5, minute=40),
    },
    "commission_documents": {
        "task": "payments.earnings.commission_documents.issue_due",
        "schedule": crontab(hour=6, minute=20),
    },
    "audit": {"task": "payments.books.auditing.audit", "schedule": crontab(hour=3, minute=30)},
    "open_refunds": {
        "task": "payments.refunds.returning.follow_up_all",
        "schedule": 15,
        "options": {"expires": 30},
    },
    "wrong_amounts": {"task": "payments.refunds.surplus.remind", "schedule": crontab(hour=12, minute=5)},
    "old_surplus": {"task": "payments.refunds.refunding.return_forgotten", "schedule": crontab(minute=50)},
    "open_payouts": {
        "task": "payments.disbursement.sending.follow_up_all",
        "schedule": 15,
        "options": {"expires": 30},
    },
}
