"""What other people's apps bring to the admin and nobody here needs."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django_tasks_db.models import DBTaskResult

admin.site.unregister([Group, DBTaskResult])
