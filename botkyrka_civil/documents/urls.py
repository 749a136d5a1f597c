from django.urls import path

from . import feeds, verify, views

app_name = "documents"
urlpatterns = [
    path("dokument/", views.documents, name="list"),
    path("dokument/atom.xml", feeds.DocumentFeed(), name="feed"),
    path("dokument/<int:pk>/", views.document, name="detail"),
    path("dokument/<int:pk>/<str:filnamn>", views.file, name="file"),
    path("verifiera/", verify.verify, name="verify"),
    path("verifiera/certifikat.pem", verify.certificate, name="certificate"),
    path("verifiera/<str:code>/", verify.verify_code, name="verify_code"),
]
