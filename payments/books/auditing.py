"""The nightly self-audit: recompute the books from what happened, and say what differs."""

from collections.abc import Sequence

import structlog
from celery import shared_task
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from marketplace import mail, markets
from payments.books.audit_rule import Rule
from payments.books.audit_rules import RULES
from payments.books.movements import MOVEMENTS
from payments.models import Audit

log = structlog.get_logger(__name__)

Finding = dict[str, object]
EXAMPLES = 20


def findings() -> list[Finding]:
    """Every rule that is broken: its invariant, what it says, how often, and the first offenders.

    All questions see the same moment (repeatable read), so that work going on is no difference.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = [_broken(cursor, rule) for rule in rules()]
    return [each for each in found if each]


def rules() -> tuple[Rule, ...]:
    """Every question that is asked."""
    return (*RULES, _unknown_movements())


def _broken(cursor: CursorWrapper, rule: Rule) -> Finding | None:
    cursor.execute(rule.sql)
    offenders = [text for (text,) in cursor.fetchall()]
    if not offenders:
        return None
    return {
        "rule": rule.id,
        "says": rule.says,
        "count": len(offenders),
        "examples": sorted(offenders)[:EXAMPLES],
    }


def _unknown_movements() -> Rule:
    """The table of docs/money.md as a question: legs that no kind of movement may have."""
    known = ", ".join(
        f"('{kind.value}', '{account.value}', {direction})"
        for kind, legs in MOVEMENTS.items()
        for account, direction in legs.items()
    )
    sql = f"""WITH known (kind, account, direction) AS (VALUES {known})
        SELECT e.source FROM payments_ledgerentry e
        LEFT JOIN known ON known.kind = e.kind AND known.account = e.account
        WHERE known.kind IS NULL OR known.direction * e.amount < 0"""  # noqa: S608
    return Rule(id="I-07", says="only movements that the table of docs/money.md knows", sql=sql)


@shared_task
def audit() -> bool:
    """Look at everything, write down what was found, and alarm staff when it is not nothing."""
    run = Audit.objects.create()
    found = findings()
    Audit.objects.filter(pk=run.pk).update(ended_at=timezone.now(), is_clean=not found, findings=found)
    if found:
        log.error("audit_found_differences", rules=[each["rule"] for each in found])
        _alarm(found)
    else:
        log.info("audit_clean", rules=len(rules()))
    return not found


def _alarm(found: Sequence[Finding]) -> None:
    market = markets.get(settings.DEFAULT_MARKET)
    mail.send(
        template="payments/audit_alarm",
        to=market.support_email,
        language=market.language,
        market=market,
        context={"found": found},
    )
