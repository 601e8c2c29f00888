"""Each message names the order, payment, refund or payout it is about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingmessage",
            name="about",
            field=models.CharField(
                blank=True, db_default="", max_length=60, verbose_name="number it is about"
            ),
        ),
        migrations.AddIndex(
            model_name="outgoingmessage",
            index=models.Index(
                condition=models.Q(("about", ""), _negated=True), fields=["about"], name="message_by_subject"
            ),
        ),
    ]
