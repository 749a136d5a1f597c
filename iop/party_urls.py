from django.urls import path

from .views import follow_up, signing, writing

PARTY, SIGN = "iop/part/<str:token>/", "iop/underskrift/<str:token>/"

urlpatterns = [
    path(f"{PARTY}kriterier/", writing.criteria, name="party_criteria"),
    path(f"{PARTY}insatser/", writing.contributions, name="party_contributions"),
    path(f"{PARTY}undertecknare/", writing.signatories, name="party_signatories"),
    path(f"{PARTY}uppfoljning/", follow_up.write, name="party_follow_up"),
    path(f"{PARTY}uppfoljning/godkann/", follow_up.approve, name="party_approve"),
    path(f"{PARTY}avtal.pdf", signing.agreement, name="party_agreement"),
    path(SIGN, signing.sign, name="sign"),
    path(f"{SIGN}avboj/", signing.decline, name="decline_signature"),
    path(f"{SIGN}byt-person/", signing.switch_person, name="switch_person"),
]
