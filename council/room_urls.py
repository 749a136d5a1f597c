from django.urls import path

from .views import room, room_documents, room_files, room_members, room_nominations, room_plan, room_seats

ROOM = "plattformen/styrelserum"

urlpatterns = [
    path(f"{ROOM}/", room.index, name="room"),
    path(f"{ROOM}/kalender/", room.calendar, name="room_calendar"),
    path(f"{ROOM}/nedladdat/", room.downloads, name="room_downloads"),
    path(f"{ROOM}/brev/<int:pk>/skicka-igen/", room.resend, name="room_letter_resend"),
    path(f"{ROOM}/arkiv/", room_files.archive, name="room_archive"),
    path(f"{ROOM}/arkiv/<int:year>/", room_files.archive, name="room_year"),
    path(f"{ROOM}/arkiv/<int:year>/allt.zip", room_files.year_zip, name="room_year_zip"),
    path(f"{ROOM}/arkiv/mote/<int:pk>/allt.zip", room_files.meeting_zip, name="room_meeting_zip"),
    path(f"{ROOM}/arkiv/mote/<int:pk>/<slug:kind>/", room_files.file, name="room_file"),
    path(f"{ROOM}/dokument/", room_documents.documents, name="room_documents"),
    path(f"{ROOM}/dokument/nytt/", room_documents.new, name="room_document_new"),
    path(f"{ROOM}/dokument/<int:pk>/", room_documents.document, name="room_document"),
    path(f"{ROOM}/dokument/<int:pk>/andra/", room_documents.change, name="room_document_change"),
    path(f"{ROOM}/dokument/<int:pk>/ny-version/", room_documents.version, name="room_document_version"),
    path(f"{ROOM}/dokument/<int:pk>/lamna-over/", room_documents.hand_over, name="room_document_hand_over"),
    path(f"{ROOM}/ansokningar/", room_members.applications, name="room_applications"),
    path(f"{ROOM}/medlemmar/", room_members.members, name="room_members"),
    path(f"{ROOM}/medlemmar.csv", room_members.export, name="room_members_csv"),
    path(f"{ROOM}/medlemmar/lagg-till/", room_members.enter, name="room_member_new"),
    path(f"{ROOM}/medlemmar/<int:pk>/", room_members.member, name="room_member"),
    path(f"{ROOM}/medlemmar/<int:pk>/kontakt/", room_members.contact, name="room_member_contact"),
    path(f"{ROOM}/medlemmar/<int:pk>/<slug:step>/", room_members.decide, name="room_decide"),
    path(f"{ROOM}/handlingsplan/", room_plan.plan, name="room_plan"),
    path(f"{ROOM}/handlingsplan/<int:pk>/", room_plan.follow_up, name="room_follow_up"),
    path(f"{ROOM}/nomineringar/", room_nominations.nominations, name="room_nominations"),
    path(f"{ROOM}/nomineringar/ny/", room_nominations.propose, name="room_propose"),
    path(f"{ROOM}/nomineringar/<int:pk>/", room_nominations.nomination, name="room_nomination"),
    path(f"{ROOM}/nomineringar/<int:pk>/nominera/", room_nominations.nominate, name="room_nominate"),
    path(f"{ROOM}/nomineringar/<int:pk>/inte-aktuell/", room_nominations.decline, name="room_decline"),
    path(f"{ROOM}/styrelsen/", room_seats.board, name="room_board"),
    path(f"{ROOM}/styrelsen/ny/", room_seats.elect, name="room_elect"),
    path(f"{ROOM}/styrelsen/<int:pk>/avsluta/", room_seats.end, name="room_seat_end"),
    path(f"{ROOM}/styrelsen/<int:pk>/uppgifter/", room_seats.person, name="room_seat_person"),
]
