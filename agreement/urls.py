from django.urls import path

from .views import applicant, joining, plan, public, signing

app_name = "agreement"
urlpatterns = [
    path("overenskommelsen/", public.agreement, name="agreement"),
    path("overenskommelsen/principer/<slug:slug>/", public.principle, name="principle"),
    path("overenskommelsen/handlingsplan/", plan.plan, name="plan"),
    path("overenskommelsen/<slug:label>/", public.version, name="version"),
    path("organisationer/", public.organisations, name="organisations"),
    path("organisationer/atom.xml", public.OrganisationFeed(), name="organisation_feed"),
    path("organisationer/<slug:slug>/", public.organisation, name="organisation"),
    path("anslut/", joining.start, name="start"),
    path("anslut/blankett.pdf", joining.blank_form, name="blank_form"),
    path("anslut/borja/", joining.begin, name="begin"),
    path("anslut/ny-lank/", joining.new_link, name="new_link"),
    path("anslut/<str:token>/", applicant.application, name="application"),
    path("anslut/<str:token>/steg/<slug:step>/", joining.step, name="step"),
    path("anslut/<str:token>/granska/", joining.review, name="review"),
    path("anslut/<str:token>/blankett.pdf", applicant.form, name="form"),
    path("anslut/<str:token>/underlag/", applicant.evidence, name="evidence"),
    path("anslut/<str:token>/andra/", applicant.edit, name="edit"),
    path("anslut/<str:token>/aterkalla/", applicant.withdraw, name="withdraw"),
    path("anslut/<str:token>/paminn/", applicant.remind, name="remind"),
    path("anslut/<str:token>/komplettera/", applicant.answer, name="answer"),
    path("anslut/<str:token>/bekrafta/", applicant.reaffirm, name="reaffirm"),
    path("anslut/<str:token>/uttrade/", applicant.leave, name="leave"),
    path("anslut/<str:token>/uttrade/avbryt/", applicant.cancel_leaving, name="cancel_leaving"),
    path("underskrift/<str:token>/", signing.sign, name="sign"),
    path("underskrift/<str:token>/avboj/", signing.decline, name="decline"),
    path("underskrift/<str:token>/byt-person/", signing.switch_person, name="switch_person"),
]
