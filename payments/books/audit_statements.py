"""What statements and differences must have done to the books, as questions to the database."""

from payments.books.audit_rule import Rule

# Kept here once more: the audit takes nobody's word for it.
_ACCOUNTS = (
    """CASE w.reason WHEN 'tax_withheld' THEN 'tax_withheld' WHEN 'fee' THEN 'fees' ELSE 'losses' END"""
)
_IS_DUPLICATE = "EXISTS (SELECT 1 FROM payments_difference d WHERE d.line_id = l.id AND d.kind = 'duplicate')"
_LEAVES_ONCE_MORE = f"x.kind <> 'returned' AND (x.is_matched OR NOT {_IS_DUPLICATE.replace('l.id', 'x.id')})"


def _booked(end: str, row: str) -> str:
    """How often a refund or payout has left its company or rail, or come back, by our books."""
    return f"""(SELECT count(*) FROM payments_ledgerentry b WHERE b.account = 'gateway'
        AND b.kind IN ('refund_{end}', 'payout_{end}') AND b.gateway = {row}.company
        AND (b.refund_id = {row}.refund_id OR b.payout_id = {row}.payout_id))"""  # noqa: S608


STATEMENTS = (
    Rule(
        id="I-07",
        says="the fees of a statement are booked once, those of duplicates not at all",
        sql=f"""SELECT 'statement ' || s.id FROM payments_statement s
            LEFT JOIN payments_statementline l ON l.statement_id = s.id AND NOT {_IS_DUPLICATE}
            GROUP BY s.id HAVING coalesce(sum(l.fee - CASE l.kind WHEN 'fee' THEN l.amount ELSE 0 END), 0)
                <> (SELECT coalesce(sum(e.amount), 0) FROM payments_ledgerentry e
                    WHERE e.source = 'fee:statement:' || s.id AND e.account = 'fees')""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="the fee of a duplicate is booked once it is none",
        sql=f"""SELECT 'line ' || l.id FROM payments_statementline l WHERE {_IS_DUPLICATE}
            AND CASE WHEN l.is_matched THEN l.fee ELSE 0 END
                <> (SELECT coalesce(sum(e.amount), 0) FROM payments_ledgerentry e
                    WHERE e.source = 'fee:line:' || l.id AND e.account = 'fees')""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="a transfer to our bank is booked once, a duplicate not at all",
        sql=f"""SELECT 'line ' || l.id FROM payments_statementline l WHERE l.kind = 'settlement'
            AND CASE WHEN {_IS_DUPLICATE} THEN 0 ELSE -l.amount END
                <> (SELECT coalesce(sum(e.amount), 0) FROM payments_ledgerentry e
                    WHERE e.source = 'settlement:line:' || l.id AND e.gateway = 'bank')""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="a fee or transfer with one number counts once",
        sql="""SELECT s.company || ' ' || l.company_reference FROM payments_statementline l
            JOIN payments_statement s ON s.id = l.statement_id
            WHERE l.kind IN ('fee', 'settlement') AND l.is_matched AND l.company_reference <> ''
            GROUP BY s.company, l.kind, l.company_reference HAVING count(*) > 1""",
    ),
    Rule(
        id="I-07",
        says="a payment explains one line of a company, a refund or payout as many as it left or came back",
        sql=f"""WITH shown AS (SELECT s.company, l.payment_id, l.refund_id, l.payout_id,
                l.kind = 'returned' AS is_return, count(*) AS times, min(l.id) AS line
                FROM payments_statementline l JOIN payments_statement s ON s.id = l.statement_id
                WHERE l.is_matched AND coalesce(l.payment_id, l.refund_id, l.payout_id) IS NOT NULL
                GROUP BY 1, 2, 3, 4, 5)
            SELECT 'line ' || shown.line FROM shown WHERE times > CASE WHEN payment_id IS NOT NULL THEN 1
                WHEN is_return THEN {_booked("bounced", "shown")} ELSE {_booked("paid", "shown")} END""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="what was posted of a difference is in the books once, and taken back once it is explained",
        sql=f"""SELECT 'difference ' || d.id FROM payments_difference d
            LEFT JOIN payments_statementline l ON l.id = d.line_id
            LEFT JOIN payments_ledgerentry e ON e.account = 'suspense'
                AND e.source IN ('difference:' || d.id, 'difference:' || d.id || '-back')
            GROUP BY d.id, l.is_matched HAVING CASE WHEN d.posted = '' THEN coalesce(sum(e.amount), 0) <> 0
                ELSE count(e.id) <> 1 OR l.is_matched OR (d.kind = 'missing_there' AND EXISTS (
                    SELECT 1 FROM payments_statementline x JOIN payments_statement s ON s.id = x.statement_id
                    WHERE s.company = d.company AND (x.payment_id = d.payment_id
                        OR x.refund_id = d.refund_id OR x.payout_id = d.payout_id) AND {_LEAVES_ONCE_MORE}
                    HAVING count(*) > {_booked("bounced", "d")})) END""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="nothing waits in suspense but what was posted of a difference",
        sql="""SELECT e.source FROM payments_ledgerentry e
            LEFT JOIN payments_difference d ON e.source IN ('difference:' || d.id, 'write_off:' || d.id,
                'difference:' || d.id || '-back', 'write_off:' || d.id || '-back')
            WHERE e.account = 'suspense' AND d.id IS NULL""",
    ),
    Rule(
        id="I-07",
        says="what was written off left suspense once, for the account of its reason, until it was explained",
        sql=f"""SELECT 'difference ' || d.id FROM payments_difference d
            LEFT JOIN payments_writeoff w ON w.difference_id = d.id AND w.status = 'booked'
            LEFT JOIN payments_ledgerentry e ON e.account <> 'suspense'
                AND e.source IN ('write_off:' || d.id, 'write_off:' || d.id || '-back')
            GROUP BY d.id, w.id HAVING bool_or(e.account <> {_ACCOUNTS})
                OR coalesce(sum(e.amount), 0)
                    <> CASE WHEN d.posted LIKE 'write_off:%' THEN -coalesce(w.amount, 0) ELSE 0 END
                OR count(e.id) <> CASE WHEN w.id IS NULL THEN 0
                    WHEN d.posted LIKE 'write_off:%' THEN 1 ELSE 2 END
                OR (d.posted LIKE 'write_off:%' AND w.id IS NULL)""",  # noqa: S608
    ),
    Rule(
        id="I-07",
        says="nothing stays in suspense of what was explained or written off",
        sql="""SELECT 'difference ' || d.id FROM payments_difference d
            JOIN payments_ledgerentry e ON e.account = 'suspense'
                AND e.source IN ('difference:' || d.id, 'write_off:' || d.id,
                    'difference:' || d.id || '-back', 'write_off:' || d.id || '-back')
            WHERE d.posted NOT LIKE 'difference:%' GROUP BY d.id HAVING sum(e.amount) <> 0""",
    ),
)
