from django.urls import path

from . import accessibility_views, health, plain_views, report_views, views

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("kontakt/", views.contact, name="contact"),
    path("tillganglighet/", accessibility_views.statement, name="accessibility"),
    path("tillganglighet/rapportera/", accessibility_views.report_fault, name="report_fault"),
    path("tillganglighet/rapportera/<str:token>/", accessibility_views.receipt, name="report_receipt"),
    path("lattlast/", plain_views.easy, name="easy"),
    path("in-english/", plain_views.summary, {"code": "en"}, name="english"),
    path("suomeksi/", plain_views.summary, {"code": "fi"}, name="finnish"),
    path("bil-arabiyya/", plain_views.summary, {"code": "ar"}, name="arabic"),
    path("personuppgifter/", views.privacy, name="privacy"),
    path("overenskommelsen/<int:year>/arsrapport/", report_views.page, name="report"),
    path("overenskommelsen/<int:year>/arsrapport.pdf", report_views.report_pdf, name="report_pdf"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("statusz", health.statusz, name="statusz"),
]
