from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from .models import File


def send(file: File, *, inline: bool = False) -> HttpResponseBase:
    """The file itself. Whoever calls has asked for permission and logged who got it.

    As an attachment unless it is a PDF of our own making; never interpreted as a page (nosniff, sandbox).
    """
    if settings.MEDIA_ACCEL:
        response: HttpResponseBase = HttpResponse(content_type=file.mime)
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL}{file.stored.name}"
    else:
        response = FileResponse(file.stored.open(), content_type=file.mime)
    response["Content-Disposition"] = content_disposition_header(not inline, file.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
