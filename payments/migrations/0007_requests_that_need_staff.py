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
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_staff", False), ("status__in", ("open", "accepted", "contested")), _connector="OR"
                ),
                name="refund_request_needs_staff_while_undecided",
            ),
        ),
    ]
