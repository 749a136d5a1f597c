from django.urls import path

from .views import guide

urlpatterns = [
    path("iop/", guide.iop, name="iop"),
    path("iop/passar-iop/", guide.walk, name="guide"),
    path("iop/passar-iop/pm.pdf", guide.memo_pdf, name="memo"),
]
