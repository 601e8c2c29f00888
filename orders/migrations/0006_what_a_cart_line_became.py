"""Each line of an order names the line of the cart it was: what a cart holds is ordered once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_name_the_models"),
        ("orders", "0005_commission_rules_stand"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="from_cart_line",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("from_cart_line",), name="order_line_once_per_cart_line"
            ),
        ),
    ]
