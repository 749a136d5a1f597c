"""Open data: the page that tells what there is, the files, and the catalogue. Nobody is asked who they are."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from botkyrka_civil.lib.outlets import first_seen, outlet, send

from . import dcat, sitemap
from .dataset import LICENCE_NOTE, Dataset
from .datasets import DATASETS

JSON = "application/json"


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The data sets with their data dictionary, the licence, and how programs fetch them."""
    return render(request, "open_data/index.html", {"datasets": DATASETS.values(), "licence_note": LICENCE_NOTE})


def _found(name: str) -> Dataset:
    if name not in DATASETS:
        raise Http404
    return DATASETS[name]


@outlet
def csv_file(request: HttpRequest, name: str) -> HttpResponseBase:
    return send(request, _found(name).csv(), mime="text/csv; charset=utf-8; header=present", name=f"{name}.csv")


@outlet
def json_file(request: HttpRequest, name: str) -> HttpResponseBase:
    return send(request, _found(name).json(), mime=JSON, name=f"{name}.json")


@outlet
def catalogue(request: HttpRequest) -> HttpResponseBase:
    data = dcat.catalogue(lambda bare: first_seen(f"{request.path}#", hashlib.sha256(bare).hexdigest()))
    return HttpResponse(data, content_type="application/rdf+xml; charset=utf-8")


@outlet
def sitemap_file(request: HttpRequest) -> HttpResponseBase:
    return send(request, sitemap.document(), mime="application/xml; charset=utf-8", name="sitemap.xml")
