import incidentio.core.encrypted
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0007_fire_drills'),
    ]

    operations = [
        migrations.AddField(
            model_name='workflowversion',
            name='secrets',
            field=incidentio.core.encrypted.EncryptedTextField(blank=True, default='', help_text='What its steps are told in secret, as JSON'),
        ),
    ]
