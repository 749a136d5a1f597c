"""The admin's lists answer what they show, and nothing else that an address may ask."""

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse

from tests import factories
from tests.tools.web import sign_in

# what Django's filters of one field, and its date hierarchy, put after the name of the field
FILTER_ENDINGS = ("exact", "isnull", "isempty", "id__exact", "gte", "lt")
DATE_PARTS = ("year", "month", "day", "gte", "lt")
LOOKUPS = "exact iexact contains startswith regex gt gte lt lte in isnull range year".split()  # noqa: SIM905


def paths(model: type[models.Model], depth: int = 2, begins: str = "") -> list[str]:
    """Every field of the model, and of what it leads to, in both directions."""
    found = []
    for field in model._meta.get_fields():
        name = f"{begins}{field.name}"
        found.append(name)
        if depth > 1 and field.is_relation and isinstance(field.related_model, type):
            found += paths(field.related_model, depth - 1, f"{name}__")
    return found


def declared(model_admin: admin.ModelAdmin, request) -> set[str]:
    """What may be asked, by Django's own account: the parameters of the filters, and the dates of the hierarchy."""
    asked = {f"{model_admin.date_hierarchy}__{part}" for part in DATE_PARTS}
    for item in model_admin.get_list_filter(request):
        path = item if isinstance(item, str) else item[0] if isinstance(item, tuple) else item.parameter_name
        asked |= {path, *(f"{path}__{ending}" for ending in FILTER_ENDINGS)}
    return asked


@pytest.mark.django_db
def test_no_lookup_is_allowed_but_those_of_the_filters(rf):
    """Registry × fields × relations × lookups."""
    request, tried, too_much = rf.get("/"), 0, []
    request.user = factories.make_user("administrator")
    for model, model_admin in admin.site._registry.items():
        known = declared(model_admin, request)
        for path in paths(model):
            for asked in (path, *(f"{path}__{lookup}" for lookup in LOOKUPS)):
                tried += 1
                if asked not in known and model_admin.lookup_allowed(asked, "1", request):
                    too_much.append((model.__name__, asked))
    assert tried > 5000 and not too_much


@pytest.mark.django_db
def test_what_a_filter_offers_can_be_chosen(settings):
    """Each choice of each filter, as its link spells it."""
    settings.DEMO = True
    factories.make_accession("joined")
    client = sign_in(factories.make_user("registrator"))
    superuser = factories.make_user("administrator")
    superuser.is_superuser = True
    superuser.save()
    client.force_login(superuser)
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(url)
        if answer.status_code != 200 or "cl" not in answer.context:
            continue
        changelist = answer.context["cl"]
        for spec in changelist.filter_specs:
            for choice in spec.choices(changelist):
                assert client.get(url + choice["query_string"]).status_code == 200, (url, choice)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "id__exact=1",
        "body__regex=x",
        "memberships__isnull=0",
        "nominations__isnull=0",
        "accessions__id=1",
        "to=a",
        "pk=1",
    ],
)
def test_an_address_that_asks_for_more_is_refused(settings, query):
    settings.DEMO = True
    client = sign_in(factories.make_user("iop"))
    for model in ("casework_letter", "organisations_organisation"):
        response = client.get(reverse(f"admin:{model}_changelist") + f"?{query}")
        assert response.status_code in (302, 400), (model, response.status_code)
        assert response.status_code == 400 or response.url.endswith("?e=1")


def test_unknown_fields_are_named_by_no_filter():
    for model, model_admin in admin.site._registry.items():
        for item in model_admin.list_filter:
            if isinstance(item, (str, tuple)):
                path = item if isinstance(item, str) else item[0]
                try:
                    model._meta.get_field(path.partition("__")[0])
                except FieldDoesNotExist:
                    pytest.fail(f"{model.__name__} filters on {path}")
