"""Rådet and Plattformen: one namespace, a module of addresses for each part."""

from . import conference_urls, council_urls, minutes_urls, platform_urls, room_urls, steering_urls, workroom_urls

app_name = "council"
urlpatterns = [
    *council_urls.urlpatterns,
    *platform_urls.urlpatterns,
    *steering_urls.urlpatterns,
    *room_urls.urlpatterns,
    *workroom_urls.urlpatterns,
    *minutes_urls.urlpatterns,
    *conference_urls.urlpatterns,
]
