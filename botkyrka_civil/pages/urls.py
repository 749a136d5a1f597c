from django.urls import path

from . import health, report_views, views

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("kontakt/", views.contact, name="contact"),
    path("tillganglighet/", views.accessibility, name="accessibility"),
    path("personuppgifter/", views.privacy, name="privacy"),
    path("overenskommelsen/<int:year>/arsrapport/", report_views.page, name="report"),
    path("overenskommelsen/<int:year>/arsrapport.pdf", report_views.report_pdf, name="report_pdf"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
