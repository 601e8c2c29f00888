"""Date screenings by the attempt; find payments and fingerprints by their time."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_private_receipts")]
    operations = [
        migrations.AlterField(
            model_name="fingerprint",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="screening",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddIndex(
            model_name="fingerprint",
            index=models.Index(fields=["at"], name="fingerprint_by_age"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["created_at"], name="payment_by_time"),
        ),
    ]
