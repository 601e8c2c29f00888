"""The terms of a commission rule stand from the first sale under it; it can only end."""

from django.db import migrations

GUARD = """
CREATE FUNCTION commission_rule_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM orders_orderline WHERE commission_rule_id = OLD.id) THEN
        RAISE EXCEPTION 'goods were sold under rule %, its terms stand', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commission_rule_stands BEFORE UPDATE ON orders_commissionrule FOR EACH ROW
    WHEN (ROW(OLD.market_code, OLD.name, OLD.product_id, OLD.category_id, OLD.seller_id, OLD.rate, OLD.flat,
              OLD.floor, OLD.cap, OLD.starts_on)
        IS DISTINCT FROM
          ROW(NEW.market_code, NEW.name, NEW.product_id, NEW.category_id, NEW.seller_id, NEW.rate, NEW.flat,
              NEW.floor, NEW.cap, NEW.starts_on))
    EXECUTE FUNCTION commission_rule_stands();
"""

UNDO = """
DROP TRIGGER commission_rule_stands ON orders_commissionrule;
DROP FUNCTION commission_rule_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_find_by_email_and_hold")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
