from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The admin, with our own site: it opens on what waits for the one who signs in."""

    default_site = "botkyrka_civil.casework.admin_site.PortalAdminSite"
