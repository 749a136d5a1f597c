"""What there is to be taken as open data."""

from datetime import date

import pytest
from django.db import transaction

from agreement.models import ActionPlan, AgreementVersion
from botkyrka_civil.casework.models import Actor
from botkyrka_civil.documents.models import Document
from tests import factories
from tests.factories import council as council
from tests.factories import iop as iop

BY = Actor("Testaren")


@pytest.fixture(scope="class")
def everything(module_rows):
    """Something in each data set, by the verbs that lead there, and as much that must not be seen.

    Planted once for a class of tests and gone after it: the tests outside the class count rows from none.
    """
    with transaction.atomic():
        yield plant_everything()
        transaction.set_rollback(True)


def plant_everything():
    bodies = council.make_bodies()
    factories.make_version()
    factories.make_accession("joined", name="Ansluten & <vän>")
    factories.make_accession("under_review")
    factories.make_accession("left")
    meeting = council.make_meeting(state="published")
    council.make_meeting(state="called")
    council.make_meeting(bodies["board"], state="published")
    council.make_member()
    council.make_member(state="applied")
    version = AgreementVersion.objects.in_force()
    for label, published in (("2026", True), ("2027", False)):
        days = {"first_day": date(2026, 1, 1), "last_day": date(2027, 12, 31)}
        plan = ActionPlan.objects.create(label=label, version=version, is_published=published, **days)
        plan.items.create(title=f"Lokaler {label}", principle=version.principles.first(), due=date(2027, 1, 1))
    facts = {"by": BY, "category": "guidelines"}
    Document.add(title="Riktlinjer", upload=factories.upload("riktlinjer.pdf"), **facts)
    Document.add(title="Internt", upload=factories.upload("internt.pdf"), audience="staff", **facts)
    iop.make_partnership("active", title="Språkcafé")
    iop.make_partnership("proposed", title="Bara ett förslag")
    return meeting
