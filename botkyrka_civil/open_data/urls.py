from django.urls import path

from . import views

app_name = "open_data"
urlpatterns = [
    path("oppna-data/", views.index, name="index"),
    path("oppna-data/<slug:name>.csv", views.csv_file, name="csv"),
    path("oppna-data/<slug:name>.json", views.json_file, name="json"),
    path("datasets/dcat", views.catalogue, name="dcat"),
    path("sitemap.xml", views.sitemap_file, name="sitemap"),
]
