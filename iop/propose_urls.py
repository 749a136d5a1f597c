from django.urls import path

from .views import party, propose

urlpatterns = [
    path("iop/foresla/", propose.start, name="propose"),
    path("iop/foresla/borja/", propose.begin, name="propose_begin"),
    path("iop/foresla/ny-lank/", propose.new_link, name="propose_new_link"),
    path("iop/part/<str:token>/", party.party, name="party"),
    path("iop/part/<str:token>/steg/<slug:step>/", propose.step, name="proposal_step"),
    path("iop/part/<str:token>/granska/", propose.review, name="proposal_review"),
    path("iop/part/<str:token>/avbryt/", party.cancel, name="party_cancel"),
]
