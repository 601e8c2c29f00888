"""Keep pictures of receipts out of reach of the web server."""

from django.db import migrations, models

import catalog.models.product


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_disputed_payments")]
    operations = [
        migrations.AlterField(
            model_name="cashcode",
            name="receipt_scan",
            field=models.FileField(
                blank=True, storage=catalog.models.product.private_storage, upload_to="cash/"
            ),
        ),
    ]
