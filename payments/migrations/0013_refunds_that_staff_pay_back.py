"""Refunds of suspicious orders: given back by staff, two of them where it is much or an account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0012_commission_documents_stand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_status_known",
        ),
        migrations.AddField(
            model_name="refund",
            name="above_limit",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="refund",
            name="account_allowed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="account_proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="only_staff",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="refund",
            name="reported_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="staff_note",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="refund",
            name="status",
            field=models.CharField(
                choices=[
                    ("created", "Approved"),
                    ("needs_account", "Waiting for your account details"),
                    ("needs_staff", "Our staff see to it"),
                    ("sending", "Being sent back"),
                    ("unknown", "Being checked"),
                    ("succeeded", "Sent back"),
                ],
                default="created",
                max_length=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["created", "needs_account", "needs_staff", "sending", "unknown", "succeeded"],
                    )
                ),
                name="refund_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("only_staff", False),
                    ("account_allowed_by__isnull", False),
                    models.Q(("status", "needs_account"), _negated=True),
                    _connector="OR",
                ),
                name="refund_asks_no_suspect_for_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("account_allowed_by__isnull", True),
                    models.Q(
                        ("account_proposed_by__isnull", False),
                        models.Q(("account_proposed_by", models.F("account_allowed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="refund_account_allowed_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("above_limit", False),
                    ("decided_by__isnull", True),
                    models.Q(
                        ("reported_by__isnull", False),
                        models.Q(("reported_by", models.F("decided_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="refund_above_limit_decided_by_two",
            ),
        ),
    ]
