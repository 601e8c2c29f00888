"""Rules of the audit, each broken on purpose and found by what it says."""

import pytest

from marketplace.accounts.tests.factories import make_user
from orders.tests.factories import make_order
from payments import collecting
from payments.books import auditing
from payments.models import Difference
from payments.reconciliation import resolving, writing_off
from payments.tests.factories import make_payment, paid
from payments.tests.test_auditing import spoil
from payments.tests.test_reconciling import bring, open_differences, row, sold
from payments.tests.test_reconciling_twice import close, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """Sales, payments that wait, and statements with everything that a statement can show."""
    payment, silent, waiting = sold(), sold(), make_payment()
    other = line("settlement", "S1", 40_000), line("fee", "F1", 500)
    bring(row(payment), row(payment, identifier="9-9"), *other)
    bring(row(waiting, identifier="7-7"), *[each.replace("-01T", "-02T") for each in other])
    for difference in open_differences():
        if difference.kind.startswith("missing"):
            close(difference)
    bring(row(silent))
    collecting.settle(waiting.pk, paid(waiting))
    resolving.match_again()
    bring(line("deposit", "D1", 900))
    close(Difference.objects.get(line__kind="other"))
    bring(line("chargeback", "C1", -700))
    lost = Difference.objects.get(line__company_reference="C1")
    close(lost)
    by = make_user("eva@example.com")
    writing_off.write_off(difference_id=lost.pk, reason="chargeback", note="Lost", by=by)
    make_payment(), make_payment(make_order())


def test_the_story_is_clean(story):
    assert auditing.findings() == []


FEES = "the fees of a statement are booked once, those of duplicates not at all"
POSTED = "what was posted of a difference is in the books once, and taken back once it is explained"
WRITTEN_OFF = "what was written off left suspense once, for the account of its reason, until it was explained"
BREAKAGES = (
    (
        "never more reserved than there is",
        "ALTER TABLE catalog_stockitem DROP CONSTRAINT stock_item_reserved_within_on_hand; "
        "UPDATE catalog_stockitem SET reserved = on_hand + 1",
    ),
    (
        "an order has one live payment at most",
        "DROP INDEX payment_one_live_per_order; UPDATE payments_payment SET number = id, "
        "order_id = (SELECT max(order_id) FROM payments_payment) WHERE status = 'pending'",
    ),
    (
        "a source is one movement",
        "ALTER TABLE payments_ledgerentry DROP CONSTRAINT ledger_source_once; "
        "UPDATE payments_ledgerentry SET source = 'sale:one' WHERE kind = 'sale'",
    ),
    (
        "nothing is booked as sold that was not paid",
        "UPDATE orders_order SET status = 'pending', paid_at = NULL WHERE paid_at IS NOT NULL",
    ),
    (
        "every surplus is in the books once",
        "UPDATE payments_payment SET status = 'surplus' WHERE status = 'succeeded'",
    ),
    (FEES, "UPDATE payments_statementline SET fee = fee + 1 WHERE is_matched"),
    (FEES, "DELETE FROM payments_ledgerentry WHERE kind = 'fee'"),
    (FEES, "UPDATE payments_difference SET kind = 'fee', key = key || 'x' WHERE kind = 'duplicate'"),
    (
        "the fee of a duplicate is booked once it is none",
        "UPDATE payments_statementline l SET is_matched = true FROM payments_difference d "
        "WHERE d.line_id = l.id AND d.kind = 'duplicate'",
    ),
    (
        "a transfer to our bank is booked once, a duplicate not at all",
        "DELETE FROM payments_ledgerentry WHERE kind = 'settlement'",
    ),
    (
        "a transfer to our bank is booked once, a duplicate not at all",
        "UPDATE payments_difference SET kind = 'fee', key = key || 'x' WHERE kind = 'duplicate'",
    ),
    (
        "a fee or transfer with one number counts once",
        "UPDATE payments_statementline SET is_matched = true WHERE kind IN ('fee', 'settlement')",
    ),
    (
        "a payment explains one line of a company, a refund or payout as many as it left or came back",
        "UPDATE payments_statementline SET is_matched = true WHERE payment_id IS NOT NULL",
    ),
    (POSTED, "DELETE FROM payments_ledgerentry WHERE source LIKE 'difference:%-back'"),
    (POSTED, "DELETE FROM payments_ledgerentry WHERE source ~ 'difference:[0-9]+$'"),
    (POSTED, "UPDATE payments_difference SET posted = '' WHERE posted <> ''"),
    (POSTED, "UPDATE payments_statementline SET is_matched = true WHERE kind = 'other'"),
    (
        "nothing waits in suspense but what was posted of a difference",
        "UPDATE payments_ledgerentry SET source = source || '0' WHERE account = 'suspense'",
    ),
    (WRITTEN_OFF, "DELETE FROM payments_ledgerentry WHERE kind = 'write_off'"),
    (WRITTEN_OFF, "UPDATE payments_ledgerentry SET account = 'fees' WHERE account = 'losses'"),
    (WRITTEN_OFF, "UPDATE payments_writeoff SET status = 'waiting', decided_at = NULL"),
    (WRITTEN_OFF, "UPDATE payments_writeoff SET amount = amount + 1"),
    (WRITTEN_OFF, "UPDATE payments_difference SET posted = '' WHERE posted LIKE 'write_off:%'"),
    (
        WRITTEN_OFF,
        "UPDATE payments_difference SET posted = 'difference:' || id WHERE posted LIKE 'write_off:%'",
    ),
    (
        "nothing stays in suspense of what was explained or written off",
        "UPDATE payments_ledgerentry SET amount = amount + 1 "
        "WHERE kind = 'write_off' AND account = 'suspense'",
    ),
)


@pytest.mark.parametrize(("says", "breakage"), BREAKAGES)
def test_each_breakage_is_found_by_the_rule_it_breaks(story, says, breakage):
    spoil(breakage)
    assert says in {finding["says"] for finding in auditing.findings()}
