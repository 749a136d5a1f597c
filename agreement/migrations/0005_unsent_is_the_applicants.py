"""Letters, events and organisations of applications that have not been sent in are the applicant's own (TF 2 kap. 9 §)."""

from django.db import migrations
from django.db.models import Exists, OuterRef


def mark(apps, schema_editor):
    accessions = apps.get_model("agreement", "Accession").objects
    unsent = accessions.filter(method="web", submitted_at=None)
    subjects = [f"agreement.accession:{pk}" for pk in unsent.values_list("pk", flat=True)]
    apps.get_model("casework", "Letter").objects.filter(subject_key__in=subjects).update(room="applicant")
    apps.get_model("casework", "Event").objects.filter(subject__in=subjects).update(room="applicant")
    own = accessions.filter(organisation=OuterRef("pk"))
    sent = own.exclude(pk__in=unsent.values("pk"))
    organisations = apps.get_model("organisations", "Organisation").objects.filter(source=None)
    organisations.filter(Exists(own)).exclude(Exists(sent)).update(received=False)


class Migration(migrations.Migration):
    dependencies = [
        ("agreement", "0004_easy_swedish"),
        ("casework", "0005_open_the_log"),
        ("organisations", "0004_received"),
    ]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
