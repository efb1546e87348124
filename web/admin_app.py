"""Makes `admin.site` the hub's own."""

from django.contrib.admin.apps import AdminConfig


class HubAdminConfig(AdminConfig):
    default_site = "web.admin_site.HubAdminSite"
