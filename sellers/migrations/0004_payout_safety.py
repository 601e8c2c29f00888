"""Freeze payouts, mark accounts as disputed or refused, end short months with their last day."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sellers", "0003_payout_schedules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="seller",
            name="seller_payout_day_fits",
        ),
        migrations.AddField(
            model_name="payoutdestination",
            name="disputed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payoutdestination",
            name="refused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="seller",
            name="payouts_frozen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="seller",
            name="payout_day",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="Weekly: 0 is Monday. Monthly: the day; a shorter month ends with its last.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payout_day__lte", 6), ("payout_schedule", "weekly")),
                    models.Q(("payout_day__gte", 1), ("payout_day__lte", 31), ("payout_schedule", "monthly")),
                    ("payout_schedule__in", ["daily", "request"]),
                    _connector="OR",
                ),
                name="seller_payout_day_fits",
            ),
        ),
    ]
