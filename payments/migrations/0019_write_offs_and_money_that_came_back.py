"""Suspense gets a way out, with two more accounts; statements may show money that came back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0007_allocate_again"),
        ("payments", "0018_two_read_about_a_refund"),
        ("sellers", "0004_payout_safety"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("market_code", models.CharField(max_length=2)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14)),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a second person"),
                            ("booked", "Booked"),
                            ("declined", "Turned down"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("needs_second", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("words", models.CharField(blank=True, max_length=300)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("tax_withheld", "Tax withheld by the company"),
                            ("chargeback", "Chargeback lost"),
                            ("fee", "Fee that nobody announced"),
                            ("unexplained", "Nobody can explain it"),
                        ],
                        max_length=15,
                    ),
                ),
                ("note", models.CharField(max_length=300)),
            ],
            options={
                "verbose_name": "write-off",
                "verbose_name_plural": "write-offs",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_account_known",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="statementline",
            name="statement_line_kind_known",
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="account",
            field=models.CharField(
                choices=[
                    ("gateway", "Money at payment companies"),
                    ("seller_held", "Owed to sellers, held until delivery"),
                    ("seller_available", "Owed to sellers, available"),
                    ("seller_in_transit", "On its way to sellers"),
                    ("commission", "Our commission"),
                    ("commission_tax", "Tax on our commission"),
                    ("surplus", "Received twice or too late, to be returned"),
                    ("refunds_due", "Owed to buyers"),
                    ("fees", "Fees of payment companies"),
                    ("tax_withheld", "Tax withheld from us, to be claimed back"),
                    ("losses", "Lost for good"),
                    ("adjustments", "Corrections by staff"),
                    ("suspense", "Not explained yet"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sale", "Sale"),
                    ("surplus", "Surplus"),
                    ("release", "Release to the seller"),
                    ("refund", "Refund approved"),
                    ("surplus_due", "Surplus to be returned"),
                    ("refund_paid", "Refund sent"),
                    ("refund_bounced", "Refund came back"),
                    ("payout", "Payout"),
                    ("payout_paid", "Payout sent"),
                    ("payout_returned", "Payout returned"),
                    ("payout_bounced", "Payout came back"),
                    ("adjustment", "Correction for a seller"),
                    ("fee", "Fee of a company"),
                    ("settlement", "Transfer to our bank"),
                    ("difference", "Difference found in a statement"),
                    ("write_off", "Difference written off"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("charge", "Payment"),
                    ("refund", "Refund"),
                    ("payout", "Payout"),
                    ("fee", "Fee"),
                    ("settlement", "Transfer to our bank"),
                    ("returned", "Money that came back"),
                    ("other", "Something else"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "account__in",
                        [
                            "gateway",
                            "seller_held",
                            "seller_available",
                            "seller_in_transit",
                            "commission",
                            "commission_tax",
                            "surplus",
                            "refunds_due",
                            "fees",
                            "tax_withheld",
                            "losses",
                            "adjustments",
                            "suspense",
                        ],
                    )
                ),
                name="ledger_account_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "sale",
                            "surplus",
                            "release",
                            "refund",
                            "surplus_due",
                            "refund_paid",
                            "refund_bounced",
                            "payout",
                            "payout_paid",
                            "payout_returned",
                            "payout_bounced",
                            "adjustment",
                            "fee",
                            "settlement",
                            "difference",
                            "write_off",
                        ],
                    )
                ),
                name="ledger_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["charge", "refund", "payout", "fee", "settlement", "returned", "other"])
                ),
                name="statement_line_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="writeoff",
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
            model_name="writeoff",
            name="difference",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="write_offs",
                to="payments.difference",
            ),
        ),
        migrations.AddField(
            model_name="writeoff",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "booked", "declined"])),
                name="writeoff_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="writeoff_amount_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("status", "waiting")),
                    models.Q(models.Q(("status", "waiting"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="writeoff_decided_iff_not_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_second", False),
                    models.Q(("status", "booked"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("made_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="writeoff_above_limit_booked_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["tax_withheld", "chargeback", "fee", "unexplained"])),
                name="writeoff_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "declined"), _negated=True),
                fields=("difference",),
                name="writeoff_once_per_difference",
            ),
        ),
    ]
