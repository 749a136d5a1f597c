from django.urls import path

from .views import invitation, workroom, workroom_edit, workroom_verbs

MEETING = "motesrum/<int:pk>"
CALLED = "kallelse/<str:token>"

urlpatterns = [
    path("motesrum/", workroom.meetings, name="workroom"),
    path("motesrum/nytt/<slug:slug>/", workroom_edit.plan, name="work_new"),
    path(f"{MEETING}/", workroom.meeting, name="work_meeting"),
    path(f"{MEETING}/redigera/", workroom_edit.edit, name="work_edit"),
    path(f"{MEETING}/handling/ny/", workroom_edit.upload_paper, name="work_paper_new"),
    path(f"{MEETING}/handling/valj/", workroom_edit.choose_paper, name="work_paper_choose"),
    path(
        f"{MEETING}/handling/<int:item>/<int:document>/ta-bort/", workroom_edit.remove_paper, name="work_paper_remove"
    ),
    path(f"{MEETING}/handlingsplan/", workroom_edit.follow_up_plan, name="work_plan"),
    path(f"{MEETING}/kalla/", workroom_verbs.call, name="work_call"),
    path(f"{MEETING}/stall-in/", workroom_verbs.cancel, name="work_cancel"),
    path(f"{MEETING}/narvaro/", workroom_verbs.attendance, name="work_attendance"),
    path(f"{MEETING}/brev/<int:letter>/skicka/", workroom_verbs.resend, name="work_resend"),
    path(f"{MEETING}/fil/<slug:kind>", workroom.file, name="work_file"),
    path(f"{CALLED}/", invitation.invitation, name="invitation"),
    path(f"{CALLED}/kallelse.pdf", invitation.notice, name="invitation_pdf"),
    path(f"{CALLED}/kalender.ics", invitation.calendar, name="invitation_calendar"),
    path(f"{CALLED}/handling/<int:pk>/", invitation.paper, name="invitation_paper"),
]
