"""Partnerships: one namespace, a module of addresses for each part. Each part's own words come before any slug."""

from . import guide_urls, party_urls, propose_urls, public_urls

app_name = "iop"
urlpatterns = [*guide_urls.urlpatterns, *propose_urls.urlpatterns, *party_urls.urlpatterns, *public_urls.urlpatterns]
