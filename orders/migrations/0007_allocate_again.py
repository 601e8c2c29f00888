"""Stock that was released can be set aside for the same line anew, when its payment comes late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_what_a_cart_line_became"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="allocation",
            name="allocation_once_per_item",
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(
                condition=~models.Q(state="released"),
                fields=("line", "stock_item"),
                name="allocation_held_once_per_item",
            ),
        ),
    ]
