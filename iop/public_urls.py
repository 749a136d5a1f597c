from django.urls import path

from .views import public

urlpatterns = [path("iop/<slug:slug>/", public.partnership, name="partnership")]
