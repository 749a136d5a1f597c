"""The admin (handläggningen) as a place: who comes in, and what its first page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

MINE, OPEN, LETTERS = "mine", "open", "letters"
SECTIONS = {MINE: "Väntar på mig", OPEN: "Andra öppna ärenden", LETTERS: "Brev att ta hand om"}
MOST_ROWS = 50  # of one section; the lists have them all
# Other people's tables: roles come from roles.toml, and the rest is kept by the program itself.
NOT_SHOWN = {"auth", "account", "socialaccount", "mfa"}


@dataclass(frozen=True)
class Row:
    """One line on the first page: something that waits for somebody."""

    title: str
    url: str
    since: datetime
    state: str
    label: str
    number: str = ""
    note: str = ""
    language: str = ""  # other than Swedish, that the other side wants to be answered in
    section: str = MINE

    @property
    def age(self) -> int:
        return (timezone.localdate() - timezone.localtime(self.since).date()).days


class PortalAdminSite(AdminSite):
    """Opens on what waits for the one who signs in.

    Every ModelAdmin may offer `queue(request) -> list[Row]`; the first page asks them all.
    """

    site_header = site_title = "Handläggning"
    index_title = "Handläggning"
    index_template = "admin/portal_index.html"
    empty_value_display = "–"
    enable_nav_sidebar = False  # the first page is the menu, and the cases need the width

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple, set)) else [model_or_iterable]
        if shown := [model for model in models if model._meta.app_label not in NOT_SHOWN]:
            super().register(shown, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {"sections": self._sections(request), **(extra_context or {})})

    def _sections(self, request: HttpRequest) -> list[dict[str, Any]]:
        rows: dict[str, list[Row]] = {section: [] for section in SECTIONS}
        for model_admin in self._registry.values():
            if hasattr(model_admin, "queue"):
                for row in model_admin.queue(request):
                    rows[row.section].append(row)
        return [
            {
                "key": section,
                "heading": SECTIONS[section],
                "rows": sorted(found, key=lambda row: row.since)[:MOST_ROWS],
                "count": len(found),
            }
            for section, found in rows.items()
        ]

    # Django leads any member of staff to the page of any row: here only of a row that the admin shows them --------

    def get_urls(self) -> list[Any]:
        urls = [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]
        route = "r/<path:content_type_id>/<path:object_id>/"
        return [path(route, self.admin_view(self._page_of_row), name="view_on_site"), *urls]

    def _page_of_row(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
        if not (content_type_id.isdecimal() and object_id.isdecimal()):
            raise Http404
        kind = get_object_or_404(ContentType, pk=content_type_id)
        model_admin = self._registry.get(kind.model_class())  # type: ignore[arg-type]
        if model_admin is None or not model_admin.has_view_permission(request):
            raise Http404
        get_object_or_404(model_admin.get_queryset(request), pk=object_id)
        return shortcut(request, kind.pk, object_id)

    # Signing in and out is allauth's: second factor, code by mail, limits --------------------------------------

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Someone signed in who is not staff is told so; Django would send them to sign in again."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return inner

    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        target = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            target = reverse("admin:index", current_app=self.name)
        return redirect(reverse("account_login", query={"next": target}))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_logout", preserve_request=True)  # the POST goes on, so one click is enough

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    password_change_done = password_change
