"""Addresses of Wompi's own page said who pays, and stayed; of attempts that have ended that part goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_corrections_by_two_people"),
    ]

    operations = [
        migrations.RunSQL(
            """UPDATE payments_payment
            SET next_step = jsonb_set(next_step, '{url}', to_jsonb(split_part(next_step ->> 'url', '?', 1)))
            WHERE gateway = 'wompi' AND next_step ->> 'url' LIKE '%customer-data%'
                AND status NOT IN ('created', 'pending', 'unknown')""",
            migrations.RunSQL.noop,
        ),
    ]
