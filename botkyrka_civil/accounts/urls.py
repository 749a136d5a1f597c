from django.urls import path
from django.views.generic import RedirectView

from . import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    # The administrator keeps the addresses, since conflicts of interest are told by them: this hides allauth's page.
    path("email/", RedirectView.as_view(pattern_name="accounts:home"), name="email"),
]
