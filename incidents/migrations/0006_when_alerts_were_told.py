from datetime import UTC, datetime

from django.db import migrations, models

NAMES = ("told_at", "doubted_at")
AT_ONCE = 500
WRITTEN = "%Y-%m-%dT%H:%M:%S.%fZ"


def _moment(text):
    """The time, as the hub wrote it; None if that was somebody else."""
    try:
        return datetime.strptime(text, WRITTEN).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _save(alerts, rows):
    alerts.bulk_update(rows, ["metadata", *NAMES], batch_size=AT_ONCE)


def move_out(apps, schema_editor):
    """The times were never said by the sources, among whose words they stood. Events keep what they told."""
    alerts = apps.get_model("incidents", "Alert").objects
    changed = []
    for alert in alerts.filter(metadata__has_key="told_at").order_by("pk").iterator(AT_ONCE):
        moments = {name: moment for name in NAMES if (moment := _moment(alert.metadata.get(name)))}
        for name, moment in moments.items():
            setattr(alert, name, moment)
        alert.metadata = {name: value for name, value in alert.metadata.items() if name not in moments}
        changed.append(alert)
    _save(alerts, changed)


def move_back(apps, schema_editor):
    alerts = apps.get_model("incidents", "Alert").objects
    changed = []
    for alert in alerts.filter(told_at__isnull=False).order_by("pk").iterator(AT_ONCE):
        moments = {name: moment for name in NAMES if (moment := getattr(alert, name))}
        alert.metadata |= {name: moment.astimezone(UTC).strftime(WRITTEN) for name, moment in moments.items()}
        changed.append(alert)
    _save(alerts, changed)


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0005_integrations'),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='doubted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='told_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(move_out, move_back),
    ]
