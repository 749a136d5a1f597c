from django.urls import path

from .views import calendar, steering

MEETING = "iop/styrgrupp/<slug:body>/<slug:slug>"

urlpatterns = [
    path(f"{MEETING}/", steering.meeting, name="steering_meeting"),
    path(f"{MEETING}/protokoll.pdf", steering.minutes_pdf, name="steering_meeting_pdf"),
    path(f"{MEETING}/kalender.ics", calendar.steering_meeting, name="steering_meeting_calendar"),
]
