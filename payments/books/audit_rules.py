"""The invariants of money and stock as questions to the database: every row they find is a mistake."""

from payments.books.audit_promises import MESSAGES, ONCE
from payments.books.audit_rule import Rule
from payments.books.audit_statements import STATEMENTS

STOCK = (
    Rule(
        id="I-01",
        says="never more reserved than there is",
        sql="SELECT 'stock item ' || id FROM catalog_stockitem WHERE reserved < 0 OR reserved > on_hand",
    ),
    Rule(
        id="I-01",
        says="what is on hand is what its movements add up to",
        sql="""SELECT 'stock item ' || item.id FROM catalog_stockitem item
            LEFT JOIN catalog_stockmovement move ON move.stock_item_id = item.id
            GROUP BY item.id HAVING item.on_hand <> coalesce(sum(move.quantity), 0)""",
    ),
    Rule(
        id="I-02",
        says="what is reserved is what open orders have set aside",
        sql="""SELECT 'stock item ' || item.id FROM catalog_stockitem item
            LEFT JOIN orders_allocation held ON held.stock_item_id = item.id AND held.state = 'reserved'
            GROUP BY item.id HAVING item.reserved <> coalesce(sum(held.quantity), 0)""",
    ),
    Rule(
        id="I-02",
        says="stock is set aside for waiting orders alone",
        sql="""SELECT DISTINCT 'order ' || o.number FROM orders_allocation held
            JOIN orders_orderline line ON line.id = held.line_id
            JOIN orders_sellerorder part ON part.id = line.seller_order_id
            JOIN orders_order o ON o.id = part.order_id
            WHERE (held.state = 'reserved') <> (o.status = 'pending')""",
    ),
)

ORDERS = (
    Rule(
        id="I-04",
        says="what a cart held was ordered once",
        sql="""SELECT 'line ' || from_cart_line || ' of a cart' FROM orders_orderline
            WHERE from_cart_line IS NOT NULL GROUP BY from_cart_line HAVING count(*) > 1""",
    ),
    Rule(
        id="I-04",
        says="what was ordered is in no cart any more",
        sql="""SELECT 'cart ' || held.cart_id FROM orders_cartline held
            JOIN orders_orderline line ON line.from_cart_line = held.id""",
    ),
    Rule(
        id="I-03",
        says="an order is the sum of its parts",
        sql="""SELECT 'order ' || o.number FROM orders_order o
            LEFT JOIN orders_sellerorder part ON part.order_id = o.id GROUP BY o.id
            HAVING o.total <> sum(part.total) OR o.tax <> sum(part.tax) OR o.delivery <> sum(part.delivery)
                OR o.items_net <> sum(part.items_net) OR count(part.id) = 0""",
    ),
    Rule(
        id="I-03",
        says="a part is the sum of its lines",
        sql="""SELECT 'part ' || part.number FROM orders_sellerorder part
            LEFT JOIN orders_orderline line ON line.seller_order_id = part.id GROUP BY part.id
            HAVING part.items_net <> sum(line.net) OR part.tax <> sum(line.tax)
                OR part.commission <> sum(line.commission)
                OR part.commission_tax <> sum(line.commission_tax) OR count(line.id) = 0""",
    ),
    Rule(
        id="I-05",
        says="a paid order has one payment that succeeded, an unpaid one none",
        sql="""SELECT 'order ' || o.number FROM orders_order o
            LEFT JOIN payments_payment p ON p.order_id = o.id AND p.status = 'succeeded' GROUP BY o.id
            HAVING count(p.id)
                <> CASE WHEN o.status IN ('paid', 'completed', 'refunded') THEN 1 ELSE 0 END""",
    ),
    Rule(
        id="I-05",
        says="an order has one live payment at most",
        sql="""SELECT 'order ' || o.number FROM orders_order o JOIN payments_payment p ON p.order_id = o.id
            WHERE p.status IN ('created', 'pending', 'unknown') GROUP BY o.id HAVING count(*) > 1""",
    ),
    Rule(
        id="I-06",
        says="what succeeded is what was asked for",
        sql="""SELECT 'payment ' || p.reference FROM payments_payment p
            JOIN orders_order o ON o.id = p.order_id
            WHERE p.status = 'succeeded' AND (p.amount <> o.total OR p.currency <> o.currency)""",
    ),
    Rule(
        id="I-11",
        says="every paid, expired or cancelled order has the event that says so",
        sql="""SELECT 'order ' || o.number FROM orders_order o
            WHERE (o.paid_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM orders_orderevent e WHERE e.order_id = o.id AND e.kind = 'paid'))
            OR (o.status IN ('expired', 'cancelled') AND NOT EXISTS (
                SELECT 1 FROM orders_orderevent e WHERE e.order_id = o.id AND e.kind = o.status))""",
    ),
    Rule(
        id="I-11",
        says="every payment has the event of its status",
        sql="""SELECT 'payment ' || p.reference FROM payments_payment p
            WHERE NOT EXISTS (SELECT 1 FROM payments_paymentevent e WHERE e.payment_id = p.id)
            OR (p.status IN ('succeeded', 'surplus') AND NOT EXISTS (
                SELECT 1 FROM payments_paymentevent e WHERE e.payment_id = p.id AND e.status = p.status))""",
    ),
)

BOOKS = (
    Rule(
        id="I-07",
        says="every movement adds up to zero in each currency",
        sql="""SELECT 'movement ' || movement FROM payments_ledgerentry
            GROUP BY movement, currency HAVING sum(amount) <> 0""",
    ),
    Rule(
        id="I-07",
        says="a source is one movement",
        sql="""SELECT source FROM payments_ledgerentry GROUP BY source HAVING count(DISTINCT movement) > 1""",
    ),
    Rule(
        id="I-07",
        says="every sale is in the books once, with the whole amount",
        sql="""SELECT 'order ' || o.number FROM orders_order o
            JOIN payments_payment p ON p.order_id = o.id AND p.status = 'succeeded'
            LEFT JOIN payments_ledgerentry e
                ON e.source = 'sale:' || o.number AND e.account = 'gateway' AND e.gateway = p.gateway
            GROUP BY o.id, p.amount HAVING count(e.id) <> 1 OR sum(e.amount) <> p.amount""",
    ),
    Rule(
        id="I-07",
        says="every part of a sale gives the seller, us and the tax office their shares",
        sql="""SELECT 'part ' || part.number FROM orders_sellerorder part
            JOIN orders_order o ON o.id = part.order_id AND o.paid_at IS NOT NULL
            LEFT JOIN payments_ledgerentry e ON e.seller_order_id = part.id AND e.kind = 'sale'
            GROUP BY part.id HAVING coalesce(sum(e.amount) FILTER (WHERE e.account = 'seller_held'), 0)
                    <> part.commission + part.commission_tax - part.total
                OR coalesce(sum(e.amount) FILTER (WHERE e.account = 'commission'), 0) <> -part.commission
                OR coalesce(sum(e.amount) FILTER (WHERE e.account = 'commission_tax'), 0)
                    <> -part.commission_tax""",
    ),
    Rule(
        id="I-07",
        says="nothing is booked as sold that was not paid",
        sql="""SELECT DISTINCT e.source FROM payments_ledgerentry e JOIN orders_order o ON o.id = e.order_id
            WHERE e.kind = 'sale' AND o.paid_at IS NULL""",
    ),
    Rule(
        id="I-07",
        says="every surplus is in the books once",
        sql="""SELECT 'payment ' || p.reference FROM payments_payment p
            LEFT JOIN payments_ledgerentry e ON e.source = 'surplus:' || p.reference AND e.account = 'gateway'
            GROUP BY p.id HAVING count(e.id) <> CASE WHEN p.status = 'surplus' THEN 1 ELSE 0 END""",
    ),
    Rule(
        id="I-07",
        says="every correction is in the books once it is booked, and not before",
        sql="""SELECT 'correction ' || c.key FROM payments_correction c
            LEFT JOIN payments_ledgerentry e
                ON e.source = 'adjustment:' || c.key AND e.account = 'adjustments'
            GROUP BY c.id HAVING coalesce(sum(e.amount), 0)
                <> CASE WHEN c.status = 'booked' THEN c.amount ELSE 0 END""",
    ),
)

REFUNDS = (
    Rule(
        id="I-08",
        says="no payment gives back more than it took",
        sql="""SELECT 'payment ' || p.reference FROM payments_payment p
            JOIN payments_refund r ON r.payment_id = p.id AND r.kind = 'order'
            GROUP BY p.id HAVING sum(r.amount) > p.amount""",
    ),
    Rule(
        id="I-08",
        says="no part gives back more than it cost, or more of anybody's share",
        sql="""SELECT 'part ' || part.number FROM orders_sellerorder part
            JOIN payments_refund r ON r.seller_order_id = part.id GROUP BY part.id
            HAVING sum(r.amount) > part.total OR sum(r.commission) > part.commission
                OR sum(r.commission_tax) > part.commission_tax OR sum(r.delivery) > part.delivery
                OR sum(r.seller_amount) > part.total - part.commission - part.commission_tax""",
    ),
    Rule(
        id="I-08",
        says="no line gives back more than was bought",
        sql="""SELECT 'line ' || line.id FROM orders_orderline line
            JOIN payments_refundline r ON r.line_id = line.id GROUP BY line.id
            HAVING sum(r.amount) > line.total OR sum(r.quantity) > line.quantity
                OR sum(r.commission) > line.commission OR sum(r.commission_tax) > line.commission_tax""",
    ),
    Rule(
        id="I-08",
        says="a refund of an order is its lines and its delivery",
        sql="""SELECT 'refund ' || r.number FROM payments_refund r
            LEFT JOIN payments_refundline line ON line.refund_id = r.id
            WHERE r.kind = 'order' GROUP BY r.id
            HAVING r.amount <> coalesce(sum(line.amount), 0) + r.delivery
                OR r.commission <> coalesce(sum(line.commission), 0)
                OR r.commission_tax <> coalesce(sum(line.commission_tax), 0)""",
    ),
    Rule(
        id="I-07",
        says="every refund is in the books once: owed, and when it was sent, paid",
        sql="""SELECT 'refund ' || r.number FROM payments_refund r
            LEFT JOIN payments_ledgerentry e ON e.refund_id = r.id AND e.account = 'refunds_due'
            GROUP BY r.id
            HAVING coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('refund', 'surplus_due')), 0) <> -r.amount
                OR coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('refund_paid', 'refund_bounced')), 0)
                    <> CASE WHEN r.status = 'succeeded' THEN r.amount ELSE 0 END""",
    ),
)

SELLERS = (
    Rule(
        id="I-09",
        says="what a seller has earned is held, available, on its way or paid",
        sql="""WITH earned AS (
                SELECT part.seller_id, sum(part.total - part.commission - part.commission_tax) AS amount
                FROM orders_sellerorder part
                JOIN orders_order o ON o.id = part.order_id AND o.paid_at IS NOT NULL GROUP BY 1
            ), given_back AS (
                SELECT part.seller_id, sum(r.seller_amount) AS amount FROM payments_refund r
                JOIN orders_sellerorder part ON part.id = r.seller_order_id GROUP BY 1
            ), paid AS (
                SELECT seller_id, sum(amount) AS amount FROM payments_payout WHERE status = 'paid' GROUP BY 1
            ), standing AS (
                SELECT seller_id, -sum(amount) AS amount FROM payments_ledgerentry
                WHERE account IN ('seller_held', 'seller_available', 'seller_in_transit') GROUP BY 1
            ), corrected AS (
                SELECT seller_id, sum(amount) AS amount FROM payments_ledgerentry
                WHERE account = 'adjustments' GROUP BY 1
            )
            SELECT 'seller ' || seller.id FROM sellers_seller seller
            LEFT JOIN earned ON earned.seller_id = seller.id
            LEFT JOIN given_back ON given_back.seller_id = seller.id
            LEFT JOIN paid ON paid.seller_id = seller.id
            LEFT JOIN standing ON standing.seller_id = seller.id
            LEFT JOIN corrected ON corrected.seller_id = seller.id
            WHERE coalesce(earned.amount, 0) - coalesce(given_back.amount, 0) + coalesce(corrected.amount, 0)
                <> coalesce(standing.amount, 0) + coalesce(paid.amount, 0)""",
    ),
    Rule(
        id="I-09",
        says="nothing stays held of what was released, and never less than nothing",
        sql="""SELECT 'part ' || part.number FROM orders_sellerorder part
            JOIN payments_ledgerentry e ON e.seller_order_id = part.id AND e.account = 'seller_held'
            GROUP BY part.id
            HAVING sum(e.amount) > 0 OR (part.released_at IS NOT NULL AND sum(e.amount) <> 0)""",
    ),
    Rule(
        id="I-09",
        says="a payout is the sum of its lines, each carried by one payout",
        sql="""SELECT 'payout ' || p.reference FROM payments_payout p
            LEFT JOIN payments_payoutline line ON line.payout_id = p.id GROUP BY p.id
            HAVING p.amount <> coalesce(sum(line.amount), 0)
                OR bool_or(line.is_void) IS DISTINCT FROM (p.status IN ('failed', 'cancelled'))""",
    ),
    Rule(
        id="I-10",
        says="a payout is in the books once, and left the building once at most",
        sql="""SELECT 'payout ' || p.reference FROM payments_payout p
            LEFT JOIN payments_ledgerentry e ON e.payout_id = p.id AND (e.account = 'seller_in_transit'
                OR (e.account = 'seller_available' AND e.kind = 'payout_bounced'))
            GROUP BY p.id
            HAVING coalesce(sum(e.amount) FILTER (WHERE e.kind = 'payout'), 0) <> -p.amount
                OR coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('payout_paid', 'payout_bounced')), 0)
                    <> CASE WHEN p.status = 'paid' THEN p.amount ELSE 0 END
                OR coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('payout_returned', 'payout_bounced')), 0)
                    <> CASE WHEN p.status NOT IN ('failed', 'cancelled') THEN 0
                        WHEN bool_or(e.kind = 'payout_bounced') THEN -p.amount ELSE p.amount END
                OR (p.status NOT IN ('paid', 'failed', 'cancelled')
                    AND coalesce(sum(e.amount), 0) <> -p.amount)""",
    ),
)

RULES = STOCK + ORDERS + BOOKS + REFUNDS + SELLERS + STATEMENTS + MESSAGES + ONCE
