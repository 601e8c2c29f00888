from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0017_settled_in_another_currency'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='reported_sent',
            field=models.BooleanField(blank=True, null=True),
        ),
    ]
