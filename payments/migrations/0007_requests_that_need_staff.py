from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_refund_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="refundrequest",
            name="needs_staff",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="amount",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=14),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_staff", False), ("status__in", ("open", "accepted", "contested")), _connector="OR"
                ),
                name="refund_request_needs_staff_while_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="refund_request_amount_positive"
            ),
        ),
    ]
