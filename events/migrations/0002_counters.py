"""The one row of each counter."""

from django.db import migrations


def make_rows(apps, schema_editor):
    apps.get_model("events", "Position").objects.get_or_create(pk=1)
    apps.get_model("events", "ConfigVersion").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(make_rows, migrations.RunPython.noop)]
