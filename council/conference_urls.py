from django.urls import path

from .views import conference, conference_room

ROOM = "plattformen/styrelserum/dialogkonferens"

urlpatterns = [
    path("dialogkonferens/", conference.conferences, name="conference"),
    path("dialogkonferens/<int:year>/", conference.conference, name="conference_year"),
    path("dialogkonferens/<int:year>/anmalan/", conference.register, name="conference_register"),
    path("dialogkonferens/anmalan/<str:token>/", conference.registration, name="conference_registration"),
    path("dialogkonferens/anmalan/<str:token>/behov/", conference.tell_needs, name="conference_needs"),
    path("dialogkonferens/anmalan/<str:token>/avanmal/", conference.cancel, name="conference_cancel"),
    path(f"{ROOM}/", conference_room.conferences, name="room_conferences"),
    path(f"{ROOM}/ny/", conference_room.plan, name="room_conference_new"),
    path(f"{ROOM}/<int:year>/", conference_room.conference, name="room_conference"),
    path(f"{ROOM}/<int:year>/andra/", conference_room.change, name="room_conference_change"),
    path(f"{ROOM}/<int:year>/anmalda/", conference_room.registrations, name="room_registrations"),
    path(f"{ROOM}/<int:year>/anmalda.csv", conference_room.export, name="room_registrations_csv"),
    path(
        f"{ROOM}/<int:year>/anmalda/<int:pk>/avanmal/",
        conference_room.cancel_registration,
        name="room_registration_cancel",
    ),
    path(f"{ROOM}/<int:year>/dokumentation/", conference_room.documentation, name="room_documentation"),
    path(f"{ROOM}/<int:year>/forslag/nytt/", conference_room.propose, name="room_proposal_new"),
    path(f"{ROOM}/<int:year>/forslag/<int:pk>/", conference_room.proposal, name="room_proposal"),
    path(f"{ROOM}/<int:year>/forslag/<int:pk>/ta-bort/", conference_room.remove_proposal, name="room_proposal_remove"),
    path(f"{ROOM}/<int:year>/<slug:step>/", conference_room.step, name="room_conference_step"),
]
