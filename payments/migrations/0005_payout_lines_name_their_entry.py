"""Point every payout line at the ledger entry that it pays."""

from django.db import migrations

FILL = """
UPDATE payments_payoutline AS line SET entry_id = entry.id
FROM payments_ledgerentry AS entry
WHERE entry.seller_order_id = line.seller_order_id
  AND entry.account = 'seller_available' AND entry.kind = 'release'
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_refunds_screening_statements")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
