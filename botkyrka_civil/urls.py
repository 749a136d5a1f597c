from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from botkyrka_civil.pages.gaps import gaps
from botkyrka_civil.retention.archive.views import archive
from botkyrka_civil.retention.extract_views import extract

urlpatterns = [
    path("", include("botkyrka_civil.pages.urls")),
    path("", include("botkyrka_civil.search.urls")),
    path("", include("botkyrka_civil.open_data.urls")),
    path("", include("botkyrka_civil.retention.urls")),
    path("", include("botkyrka_civil.documents.urls")),
    path("", include("agreement.urls")),
    path("", include("council.urls")),
    path("", include("iop.urls")),
    path("konto/", include("botkyrka_civil.accounts.urls")),
    path("konto/", include("allauth.urls")),
    path("admin/luckor/", admin.site.admin_view(gaps), name="gaps"),
    path("admin/arkiv/<str:label>/<int:pk>.zip", admin.site.admin_view(archive), name="archive"),
    path("admin/registerutdrag/", admin.site.admin_view(extract), name="extract"),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/utkorg/", include("botkyrka_civil.pages.demo")))
