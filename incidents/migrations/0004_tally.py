from django.db import migrations, models
from django.db.models import Count, Exists, OuterRef


def count_those_there_are(apps, schema_editor):
    """What has its position already was never told to the follower that counts from now on."""
    events = apps.get_model("events", "Event").objects
    waiting = events.filter(subject_id=OuterRef("pk"), type="incident.created", position=None)
    incidents = apps.get_model("incidents", "Incident").objects.exclude(Exists(waiting))
    tally = apps.get_model("incidents", "IncidentTally")
    counted = incidents.order_by().values("mode", "visibility").annotate(count=Count("pk"))
    tally.objects.bulk_create(tally(**row) for row in counted)


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0002_counters'),
        ('incidents', '0003_alerts_and_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='IncidentTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('standard', 'Standard'), ('retrospective', 'Retrospective'), ('test', 'Test'), ('tutorial', 'Tutorial')], max_length=16)),
                ('visibility', models.CharField(choices=[('public', 'Public'), ('private', 'Private')], max_length=8)),
                ('count', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('mode', 'visibility'), name='one_tally')],
            },
        ),
        migrations.RunPython(count_those_there_are, migrations.RunPython.noop),
    ]
