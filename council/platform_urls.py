from django.urls import path

from .views import membership, platform

MEMBER = "plattformen/medlem/<str:token>"
MEETING = "plattformen/moten/<slug:body>/<slug:slug>"

urlpatterns = [
    path("plattformen/", platform.platform, name="platform"),
    path("plattformen/styrelsen/", platform.board, name="board"),
    path("plattformen/bli-medlem/", membership.apply, name="membership_apply"),
    path("plattformen/ny-lank/", membership.new_link, name="membership_new_link"),
    path(f"{MEMBER}/", membership.membership, name="membership"),
    path(f"{MEMBER}/aterkalla/", membership.withdraw, name="membership_withdraw"),
    path(f"{MEMBER}/uttrade/", membership.leave, name="membership_leave"),
    path(f"{MEMBER}/dokument/<int:pk>/", membership.document, name="membership_document"),
    path(f"{MEMBER}/moten/<int:pk>/", membership.meeting, name="membership_meeting"),
    path(f"{MEMBER}/moten/<int:pk>/protokoll.pdf", membership.meeting_pdf, name="membership_meeting_pdf"),
    path(f"{MEETING}/", platform.meeting, name="platform_meeting"),
    path(f"{MEETING}/protokoll.pdf", platform.meeting_pdf, name="platform_meeting_pdf"),
]
