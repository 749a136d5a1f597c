from django.urls import path

from . import feeds, views

app_name = "documents"
urlpatterns = [
    path("dokument/", views.documents, name="list"),
    path("dokument/atom.xml", feeds.DocumentFeed(), name="feed"),
    path("dokument/<int:pk>/", views.document, name="detail"),
    path("dokument/<int:pk>/<str:filnamn>", views.file, name="file"),
]
