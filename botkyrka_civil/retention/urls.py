from django.contrib import admin
from django.urls import path

from . import disposal_views

app_name = "retention"
urlpatterns = [
    path("admin/gallring/", admin.site.admin_view(disposal_views.overview), name="disposal"),
    path("admin/gallring/nu/", admin.site.admin_view(disposal_views.now), name="dispose"),
    path("admin/gallring/protokoll.csv", admin.site.admin_view(disposal_views.record_csv), name="disposal_record"),
]
