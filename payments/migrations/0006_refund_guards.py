"""Nobody is given back more than was paid: per payment, per seller's part and per line (I-08)."""

import django.db.models.deletion
from django.db import migrations, models

LIMITS = """
CREATE FUNCTION refund_within_limits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    captured numeric;
    part_total numeric;
BEGIN
    -- The row lock makes two refunds at once queue up here, should they ever get past the order's lock.
    SELECT amount INTO captured FROM payments_payment WHERE id = NEW.payment_id FOR UPDATE;
    IF NEW.kind = 'order' AND (
        SELECT sum(amount) FROM payments_refund WHERE payment_id = NEW.payment_id AND kind = 'order'
    ) > captured THEN
        RAISE EXCEPTION 'payment % would give back more than it took', NEW.payment_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.seller_order_id IS NOT NULL THEN
        SELECT total INTO part_total FROM orders_sellerorder WHERE id = NEW.seller_order_id;
        IF (SELECT sum(amount) FROM payments_refund WHERE seller_order_id = NEW.seller_order_id) > part_total
        THEN
            RAISE EXCEPTION 'part % would give back more than it cost', NEW.seller_order_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_within_limits AFTER INSERT OR UPDATE OF amount, payment_id, seller_order_id
    ON payments_refund FOR EACH ROW EXECUTE FUNCTION refund_within_limits();

CREATE FUNCTION refund_line_within_limits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bought integer;
    cost numeric;
BEGIN
    SELECT quantity, total INTO bought, cost FROM orders_orderline WHERE id = NEW.line_id FOR UPDATE;
    IF (SELECT sum(quantity) FROM payments_refundline WHERE line_id = NEW.line_id) > bought
        OR (SELECT sum(amount) FROM payments_refundline WHERE line_id = NEW.line_id) > cost
    THEN
        RAISE EXCEPTION 'line % would give back more than was bought', NEW.line_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refund_line_within_limits AFTER INSERT OR UPDATE ON payments_refundline
    FOR EACH ROW EXECUTE FUNCTION refund_line_within_limits();

CREATE FUNCTION refund_amount_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a refund is for never changes' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER refund_amount_stands BEFORE UPDATE OF
    amount, currency, kind, seller_amount, commission, commission_tax, payment_id, seller_order_id, number
    ON payments_refund FOR EACH ROW
    WHEN (ROW(OLD.amount, OLD.currency, OLD.kind, OLD.seller_amount, OLD.commission, OLD.commission_tax,
              OLD.payment_id, OLD.seller_order_id, OLD.number)
        IS DISTINCT FROM
          ROW(NEW.amount, NEW.currency, NEW.kind, NEW.seller_amount, NEW.commission, NEW.commission_tax,
              NEW.payment_id, NEW.seller_order_id, NEW.number))
    EXECUTE FUNCTION refund_amount_stands();
CREATE TRIGGER refund_never_deleted BEFORE DELETE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION refund_amount_stands();
CREATE TRIGGER refund_line_never_deleted BEFORE DELETE ON payments_refundline
    FOR EACH ROW EXECUTE FUNCTION refund_amount_stands();
"""

UNDO = """
DROP TRIGGER refund_line_never_deleted ON payments_refundline;
DROP TRIGGER refund_never_deleted ON payments_refund;
DROP TRIGGER refund_amount_stands ON payments_refund;
DROP FUNCTION refund_amount_stands();
DROP TRIGGER refund_line_within_limits ON payments_refundline;
DROP FUNCTION refund_line_within_limits();
DROP TRIGGER refund_within_limits ON payments_refund;
DROP FUNCTION refund_within_limits();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_payout_lines_name_their_entry")]
    operations = [
        migrations.AlterField(
            model_name="payoutline",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_lines",
                to="payments.ledgerentry",
            ),
        ),
        migrations.RunSQL(LIMITS, UNDO),
    ]
