from django.urls import path

from .feeds import MeetingFeed
from .views import calendar, council

urlpatterns = [
    path("radet/", council.council, name="council"),
    path("radet/atom.xml", MeetingFeed(), name="meeting_feed"),
    path("radet/moten/", council.meetings, name="meetings"),
    path("radet/moten/<slug:slug>/", council.meeting, name="meeting"),
    path("radet/moten/<slug:slug>/protokoll.pdf", council.minutes_pdf, name="meeting_pdf"),
    path("radet/moten/<slug:slug>/kalender.ics", calendar.meeting, name="meeting_calendar"),
    path("kalender/radet.ics", calendar.council, name="council_calendar"),
    path("kalender/plattformen.ics", calendar.platform, name="platform_calendar"),
    path("kalender/styrelsen/<str:token>.ics", calendar.board, name="board_calendar"),
    path("dialogkonferens/<int:year>/kalender.ics", calendar.conference, name="conference_calendar"),
]
