"""What the audit asks about messages owed and about what may be used once (I-14, I-15)."""

from marketplace.money import COINS
from payments.books.audit_rule import Rule

# Sent messages are forgotten after ninety days (marketplace/mailing/delivery.py).
_LATELY = "now() - interval '80 days'"
_COINS = ", ".join(f"('{currency}', {coin})" for currency, coin in COINS.items())


def _untold(templates: tuple[str, ...], number: str, recipient: str) -> str:
    """Nothing was written about it. Messages from before they named a number count by their reader."""
    named = ", ".join(f"'{template}'" for template in templates)
    return f"""NOT EXISTS (SELECT 1 FROM mailing_outgoingmessage m
                WHERE m.template IN ({named}) AND m.about = {number} AND m.recipient IN ({recipient}))
            AND NOT EXISTS (SELECT 1 FROM mailing_outgoingmessage m
                WHERE m.template IN ({named}) AND m.about = '' AND m.recipient IN ({recipient}))"""  # noqa: S608


def _misread(templates: tuple[str, ...], table: str, number: str, amount: str) -> str:
    """A message that does not hold the figure, however the reader's language writes it."""
    named = ", ".join(f"'{template}'" for template in templates)
    return f"""SELECT 'message ' || m.id FROM mailing_outgoingmessage m
            JOIN {table} row ON row.{number} = m.about AND m.template IN ({named})
            JOIN (VALUES {_COINS}) coins (currency, coin) ON coins.currency = row.currency
            WHERE m.text <> '' AND strpos(regexp_replace(m.text, '[^0-9]', '', 'g'),
                round({amount} / coins.coin)::text) = 0"""  # noqa: S608


_OWNERS = """SELECT person.email FROM sellers_member member
                JOIN accounts_user person ON person.id = member.user_id
                WHERE member.seller_id = {seller} AND member.role = 'owner' AND person.is_active"""


def _payout_untold(status: str, template: str) -> str:
    # Whoever owned the store then may not own it now, so any reader will do.
    return f"""SELECT 'payout ' || p.reference FROM payments_payout p
            WHERE p.status = '{status}' AND p.ended_at > {_LATELY}
            AND EXISTS ({_OWNERS.format(seller="p.seller_id")})
            AND {_untold((template,), "p.reference", "m.recipient")}"""  # noqa: S608


MESSAGES = (
    Rule(
        id="I-14",
        says="whoever has paid an order was told",
        sql=f"""SELECT 'order ' || o.number FROM orders_order o WHERE o.paid_at > {_LATELY}
            AND {_untold(("orders/receipt", "orders/held"), "o.number", "o.email")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="whoever gets money back was told that it comes",
        sql=f"""SELECT 'refund ' || r.number FROM payments_refund r JOIN orders_order o ON o.id = r.order_id
            WHERE r.created_at > {_LATELY}
            AND {_untold(("payments/refund_approved", "payments/surplus"), "r.number", "o.email")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="whoever has money back was told that it was sent",
        sql=f"""SELECT 'refund ' || r.number FROM payments_refund r JOIN orders_order o ON o.id = r.order_id
            WHERE r.status = 'succeeded' AND r.ended_at > {_LATELY}
            AND {_untold(("payments/refund_sent",), "r.number", "o.email")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="owners were told of every payout that arrived",
        sql=_payout_untold("paid", "payments/payout_sent"),
    ),
    Rule(
        id="I-14",
        says="owners were told of every payout that came back",
        sql=_payout_untold("failed", "payments/payout_returned"),
    ),
    Rule(
        id="I-14",
        says="owners were told of every payout that was called off",
        sql=_payout_untold("cancelled", "payments/payout_called_off"),
    ),
    Rule(
        id="I-14",
        says="owners were told of every correction of their balance",
        sql=f"""SELECT e.source FROM payments_ledgerentry e
            WHERE e.kind = 'adjustment' AND e.account = 'adjustments' AND e.by_id IS NOT NULL
            AND e.posted_at > {_LATELY} AND EXISTS ({_OWNERS.format(seller="e.seller_id")})
            AND {_untold(("payments/balance_corrected",), "e.source", "m.recipient")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="owners were told of every commission document",
        sql=f"""SELECT 'document ' || d.number FROM payments_commissiondocument d
            WHERE d.issued_at > {_LATELY} AND EXISTS ({_OWNERS.format(seller="d.seller_id")})
            AND {_untold(("payments/commission_document",), "d.number", "m.recipient")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="whoever is to pay cash was told the number to quote",
        sql=f"""SELECT 'payment ' || p.reference FROM payments_payment p
            JOIN orders_order o ON o.id = p.order_id AND p.status = 'pending'
            WHERE p.next_step ->> 'kind' = 'voucher' AND p.created_at > {_LATELY}
            AND {_untold(("payments/slip",), "p.reference", "o.email")}""",  # noqa: S608
    ),
    Rule(
        id="I-14",
        says="a receipt names the total of its order",
        sql=_misread(("orders/receipt", "orders/held"), "orders_order", "number", "row.total"),
    ),
    Rule(
        id="I-14",
        says="a message about a refund names its amount",
        sql=_misread(
            ("payments/refund_approved", "payments/surplus", "payments/refund_sent"),
            "payments_refund",
            "number",
            "row.amount",
        ),
    ),
    Rule(
        id="I-14",
        says="a message about a payout names its amount",
        sql=_misread(
            ("payments/payout_sent", "payments/payout_returned", "payments/payout_called_off"),
            "payments_payout",
            "reference",
            "row.amount",
        ),
    ),
    Rule(
        id="I-14",
        says="a message about a commission document names its amount",
        sql=_misread(
            ("payments/commission_document",), "payments_commissiondocument", "number", "abs(row.total)"
        ),
    ),
    Rule(
        id="I-14",
        says="a slip to pay cash with names its amount",
        sql=_misread(("payments/slip",), "payments_payment", "reference", "row.amount"),
    ),
    Rule(
        id="I-14",
        says="no message waits for longer than a day without a try",
        sql="""SELECT 'message ' || id FROM mailing_outgoingmessage
            WHERE sent_at IS NULL AND attempts < 12 AND next_try_at < now() - interval '1 day'""",
    ),
)

ONCE = (
    Rule(
        id="I-15",
        says="a cash code is paid once, and by a receipt of its own",
        sql="""SELECT 'cash code ' || c.code FROM payments_cashcode c
            LEFT JOIN payments_cashevent e ON e.cash_code_id = c.id AND e.kind IN ('paid', 'paid_late')
            GROUP BY c.id
            HAVING count(e.id) <> CASE WHEN c.status IN ('paid', 'paid_late') THEN 1 ELSE 0 END
            UNION ALL SELECT 'receipt ' || receipt_number FROM payments_cashcode
            WHERE receipt_number IS NOT NULL GROUP BY receipt_number HAVING count(*) > 1""",
    ),
    Rule(
        id="I-15",
        says="the link to name an account counts once each time we ask",
        sql="""SELECT 'refund ' || r.number FROM payments_refund r
            JOIN payments_refundevent e ON e.refund_id = r.id GROUP BY r.id
            HAVING count(*) FILTER (WHERE e.kind = 'created')
                > count(*) FILTER (WHERE e.kind = 'needs_account')""",
    ),
    Rule(
        id="I-15",
        says='the link "this was not me" freezes a store once',
        sql="""SELECT 'seller ' || s.id FROM sellers_seller s
            WHERE (SELECT count(*) FROM sellers_sellerevent e
                    WHERE e.seller_id = s.id AND e.kind = 'payouts_frozen')
                > (SELECT count(*) FROM sellers_payoutdestination d
                    WHERE d.seller_id = s.id AND d.disputed_at IS NOT NULL)""",
    ),
    Rule(
        id="I-15",
        says="a list for a bank is let go once",
        sql="""SELECT 'payout ' || p.reference FROM payments_payout p
            JOIN payments_payoutevent e ON e.payout_id = p.id AND e.kind = 'let_go'
            GROUP BY p.id, e.note HAVING count(*) > 1""",
    ),
    Rule(
        id="I-15",
        says="a request for money back is granted once",
        sql="""SELECT 'request ' || q.number FROM payments_refundrequest q
            JOIN payments_refund r ON r.request_id = q.id GROUP BY q.id HAVING count(*) > 1""",
    ),
)
