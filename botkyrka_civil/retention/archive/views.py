"""A case's package, for the registrar."""

from tempfile import SpooledTemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from ...casework.admin_links import case_link
from ...casework.models import Actor, Refused, subject_of
from . import package
from .kinds import KINDS, held

IN_MEMORY = 20 * 1024 * 1024  # what is larger lies on the disk while it is sent


@require_safe
def archive(request: HttpRequest, label: str, pk: int) -> HttpResponseBase:
    """Written, checked and then sent. Who took it is in the log."""
    if not request.user.has_perm("casework.archive_case"):
        raise PermissionDenied
    if label not in KINDS:
        raise Http404
    case = get_object_or_404(held(label), pk=pk)
    app, _, model = label.partition(".")
    if not request.user.has_perm(f"{app}.view_{model}"):
        raise PermissionDenied
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (the answer closes it)
    try:
        packed = package.of(case)
        package.write(packed, file)
    except Refused as refused:
        file.close()
        messages.error(request, str(refused))
        return redirect(case_link(subject_of(case)) or "admin:index")
    if request.method == "GET":
        package.note(packed, file, by=Actor.of(request.user))
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=packed.name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response
