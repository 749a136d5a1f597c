from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from botkyrka_civil.pages.gaps import gaps

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
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/utkorg/", include("botkyrka_civil.pages.demo")))
