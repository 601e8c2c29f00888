"""The audit finds every invariant that is broken, and nothing when none is."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders.tests.factories import make_order
from payments.books import auditing
from payments.disbursement import payouts, sending
from payments.gateways.base import Outcome, State
from payments.models import Audit, PayoutStatus
from payments.tests.cash import make_code, pay
from payments.tests.factories import (
    make_available,
    make_destination,
    make_document,
    make_payment,
    make_sale,
)
from payments.tests.refunds import give_back, part_of
from payments.tests.stories import correct
from sellers import payout_destinations
from sellers.models import PayoutDestination
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """A waiting order, a sale, a delivered one and a seller who was paid."""
    seller = make_seller()
    make_destination(seller)
    make_order(seller=seller)
    make_payment(make_order(seller=seller))
    give_back(part_of(make_sale(seller)))
    make_available(seller)
    payout = payouts.pay_available(seller.pk)
    type(payout).objects.filter(pk=payout.pk).update(status=PayoutStatus.SENDING)
    sending.apply(payout.pk, Outcome(state=State.PAID))
    make_available(seller)
    correct(seller, 500)
    code = make_code()
    pay(code)
    make_code()
    make_document(seller)
    dispute_account(seller)
    return seller


def dispute_account(seller):
    """The owner did not change it, says so, and staff have spoken with them."""
    destination = PayoutDestination.objects.get(seller=seller)
    payout_destinations.dispute(destination=destination)
    payout_destinations.unfreeze(seller=seller, by=make_user(is_staff=True), reason="It was me after all.")


def spoil(statement):
    """What no code of ours does: change rows behind the back of triggers and constraints."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # triggers sleep
        for each in statement.split("; "):
            cursor.execute(each)
        cursor.execute("SET session_replication_role = DEFAULT")
        assert cursor.rowcount


def test_an_ordinary_story_is_clean(story):
    assert auditing.findings() == []


BREAKAGES = {
    "on hand without a movement": (
        "what is on hand is what its movements add up to",
        "UPDATE catalog_stockitem SET on_hand = on_hand + 5",
    ),
    "a reservation forgotten": (
        "what is reserved is what open orders have set aside",
        "UPDATE catalog_stockitem SET reserved = 0 WHERE reserved > 0",
    ),
    "stock set aside for a paid order": (
        "stock is set aside for waiting orders alone",
        "UPDATE orders_allocation SET state = 'reserved' WHERE state = 'consumed'",
    ),
    "a part that is dearer than its order": (
        "an order is the sum of its parts",
        "UPDATE orders_sellerorder SET items_net = items_net + 1, total = total + 1",
    ),
    "a line that is dearer than its part": (
        "a part is the sum of its lines",
        "UPDATE orders_orderline SET net = net + 1, total = total + 1",
    ),
    "an order paid without a payment": (
        "a paid order has one payment that succeeded, an unpaid one none",
        "UPDATE payments_payment SET status = 'failed' WHERE status = 'succeeded'",
    ),
    "a payment of another amount": (
        "what succeeded is what was asked for",
        "UPDATE payments_payment SET amount = amount + 1 WHERE status = 'succeeded'",
    ),
    "a leg of a movement changed": (
        "every movement adds up to zero in each currency",
        "UPDATE payments_ledgerentry SET amount = amount + 1 WHERE account = 'commission'",
    ),
    "a sale that is not in the books": (
        "every sale is in the books once, with the whole amount",
        "DELETE FROM payments_ledgerentry WHERE kind = 'sale'",
    ),
    "a correction that nobody let go": (
        "every correction is in the books once it is booked, and not before",
        "UPDATE payments_correction SET status = 'waiting', decided_at = NULL",
    ),
    "a movement between the wrong accounts": (
        "only movements that the table of docs/money.md knows",
        "UPDATE payments_ledgerentry SET account = 'suspense' WHERE account = 'commission_tax'",
    ),
    "more given back than was paid": (
        "no payment gives back more than it took",
        "UPDATE payments_refund SET amount = amount + 900000, seller_amount = seller_amount + 900000",
    ),
    "a line given back twice": (
        "no line gives back more than was bought",
        "UPDATE payments_refundline SET quantity = quantity * 2, amount = amount * 2",
    ),
    "a refund that is not in the books": (
        "every refund is in the books once: owed, and when it was sent, paid",
        "DELETE FROM payments_ledgerentry WHERE kind = 'refund'",
    ),
    "money released twice": (
        "nothing stays held of what was released, and never less than nothing",
        "UPDATE payments_ledgerentry SET amount = amount * 2 WHERE kind = 'release'",
    ),
    "a payout larger than its lines": (
        "a payout is the sum of its lines, each carried by one payout",
        "UPDATE payments_payout SET amount = amount + 1",
    ),
    "a payout paid that the books do not know": (
        "a payout is in the books once, and left the building once at most",
        "DELETE FROM payments_ledgerentry WHERE kind = 'payout_paid'",
    ),
    "a commission that nobody knows": (
        "every part of a sale gives the seller, us and the tax office their shares",
        "UPDATE payments_ledgerentry SET amount = amount + 1 WHERE account = 'commission' AND kind = 'sale'",
    ),
    "a part that gave back more than it cost": (
        "no part gives back more than it cost, or more of anybody's share",
        "UPDATE payments_refund SET amount = amount + 900000, seller_amount = seller_amount + 900000",
    ),
    "a refund without its lines": (
        "a refund of an order is its lines and its delivery",
        "DELETE FROM payments_refundline",
    ),
    "a seller who was paid too much": (
        "what a seller has earned is held, available, on its way or paid",
        "UPDATE payments_payout SET amount = amount + 1",
    ),
    "a cart ordered twice": (
        "what a cart held was ordered once",
        "ALTER TABLE orders_orderline DROP CONSTRAINT order_line_once_per_cart_line; "
        "UPDATE orders_orderline SET from_cart_line = 7",
    ),
    "a cart that keeps what was ordered": (
        "what was ordered is in no cart any more",
        "INSERT INTO orders_cartline (id, cart_id, variant_id, quantity, seen_price, added_at) "
        "SELECT line.from_cart_line, (SELECT id FROM orders_cart LIMIT 1), line.variant_id, 1, 1, now() "
        "FROM orders_orderline line",
    ),
    "a buyer who never got a receipt": (
        "whoever has paid an order was told",
        "DELETE FROM mailing_outgoingmessage WHERE template = 'orders/receipt'",
    ),
    "a receipt that went to somebody else": (
        "whoever has paid an order was told",
        "UPDATE mailing_outgoingmessage SET recipient = 'x@example.com' WHERE template = 'orders/receipt'",
    ),
    "a receipt with another total": (
        "a receipt names the total of its order",
        "UPDATE mailing_outgoingmessage SET text = 'Total 1' WHERE template = 'orders/receipt'",
    ),
    "a refund nobody was told of": (
        "whoever gets money back was told that it comes",
        "DELETE FROM mailing_outgoingmessage WHERE template = 'payments/refund_approved'",
    ),
    "a payout nobody was told of": (
        "owners were told of every payout that arrived",
        "DELETE FROM mailing_outgoingmessage WHERE template = 'payments/payout_sent'",
    ),
    "a message about a payout with another amount": (
        "a message about a payout names its amount",
        "UPDATE mailing_outgoingmessage SET text = '0' WHERE template = 'payments/payout_sent'",
    ),
    "a commission document nobody was told of": (
        "owners were told of every commission document",
        "DELETE FROM mailing_outgoingmessage WHERE template = 'payments/commission_document'",
    ),
    "a message about a commission document with another amount": (
        "a message about a commission document names its amount",
        "UPDATE mailing_outgoingmessage SET text = '0' WHERE template = 'payments/commission_document'",
    ),
    "a number to pay cash with that nobody was told": (
        "whoever is to pay cash was told the number to quote",
        "DELETE FROM mailing_outgoingmessage WHERE template = 'payments/slip'",
    ),
    "a slip with another amount": (
        "a slip to pay cash with names its amount",
        "UPDATE mailing_outgoingmessage SET text = '0' WHERE template = 'payments/slip'",
    ),
    "a message nobody tries to send": (
        "no message waits for longer than a day without a try",
        "UPDATE mailing_outgoingmessage SET next_try_at = now() - interval '2 days'",
    ),
    "a cash code paid twice": (
        "a cash code is paid once, and by a receipt of its own",
        "INSERT INTO payments_cashevent (cash_code_id, kind, note, at) "
        "SELECT cash_code_id, kind, '', now() FROM payments_cashevent WHERE kind = 'paid'",
    ),
    "an account named twice by one link": (
        "the link to name an account counts once each time we ask",
        "INSERT INTO payments_refundevent (refund_id, kind, status, note, at) "
        "SELECT id, 'created', 'created', '', now() FROM payments_refund, generate_series(1, 2)",
    ),
    "a store frozen again by an old link": (
        'the link "this was not me" freezes a store once',
        "INSERT INTO sellers_sellerevent (seller_id, kind, reason, at) "
        "SELECT seller_id, kind, '', now() FROM sellers_sellerevent WHERE kind = 'payouts_frozen'",
    ),
    "a list for the bank let go twice": (
        "a list for a bank is let go once",
        "INSERT INTO payments_payoutevent (payout_id, kind, note, at) "
        "SELECT id, 'let_go', 'B1', now() FROM payments_payout, generate_series(1, 2)",
    ),
    "an order without history": (
        "every paid, expired or cancelled order has the event that says so",
        "UPDATE orders_orderevent SET kind = 'x' WHERE kind = 'paid'",
    ),
    "a payment without history": (
        "every payment has the event of its status",
        "UPDATE payments_paymentevent SET status = 'x' WHERE status = 'succeeded'",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_every_breakage_is_found(story, name):
    says, statement = BREAKAGES[name]
    spoil(statement)
    assert says in {finding["says"] for finding in auditing.findings()}


def test_what_is_found_is_written_down_and_told(story):
    spoil("UPDATE catalog_stockitem SET on_hand = on_hand + 5")
    assert auditing.audit() is False
    run = Audit.objects.get()
    assert not run.is_clean and run.ended_at
    assert run.findings[0]["rule"] == "I-01"
    assert run.findings[0]["examples"][0].startswith("stock item ")
    (mail,) = OutgoingMessage.objects.filter(template="payments/audit_alarm")
    assert "I-01" in mail.text and "I-01" in mail.html


def test_a_clean_night_disturbs_nobody(story):
    assert auditing.audit() is True
    assert Audit.objects.get().is_clean
    assert not OutgoingMessage.objects.filter(template="payments/audit_alarm").exists()


def test_the_command_says_how_many_rules_hold(story, capsys):
    call_command("audit")
    assert f"{len(auditing.rules())} rules hold." in capsys.readouterr().out


def test_the_command_fails_when_something_is_wrong(story, capsys):
    spoil("UPDATE payments_payout SET amount = amount + 1")
    with pytest.raises(CommandError):
        call_command("audit")
    assert "I-09" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_audit_sees_one_moment():
    make_sale(make_seller())
    assert auditing.findings() == []
