"""The forms of joining, one question group each. They clean and lay out; the verbs are on the models."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy
from django.utils.text import format_lazy

from botkyrka_civil.casework import signing_views
from botkyrka_civil.documents.uploads import UploadField
from botkyrka_civil.lib.forms import Line, Name, Rows, Text, TrapForm
from botkyrka_civil.lib.languages import LanguageForm
from botkyrka_civil.lib.text import clean_line, keepable
from organisations import org_nr
from organisations.models import LegalForm, Organisation, OrganisationQuerySet, SigningMode, required_signatures

from .models import Accession

MOST_SIGNATORIES = 15
NAMESAKE = "namesake"  # the field of a row: yes, this is another person of the same name


ONLY_THE_PAGE = lazy(render_to_string, str)("agreement/only_the_page.txt")


class EvidenceField(UploadField):
    """The minutes that show who signs. No more of them than is needed (dataskyddsförordningen art. 5.1 c)."""

    def __init__(self, *, what: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.help_text = format_lazy("{} {} {}", what, ONLY_THE_PAGE, self.help_text)


class BeginForm(LanguageForm, TrapForm):
    name = Name(label="Ditt namn", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Dit skickar vi din personliga länk.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)


class OrganisationForm(forms.Form):
    """Who joins. Knows the organisations that may be the same, and asks when it is not sure."""

    NONE_OF_THESE = "0"
    conditional_fields = ("org_nr", "org_nr_missing_reason")
    OPEN_ALREADY = "{name} har redan en ansökan på gång. Fråga i er styrelse, eller kontakta oss så hjälper vi er."
    LISTED_ALREADY = "{name} står redan på listan, så ni behöver inte ansluta er igen. Är något fel? Kontakta oss."

    name = Name(
        label="Organisationens namn",
        max_length=200,
        help_text="Så som det står i stadgarna.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    has_org_nr = forms.ChoiceField(
        label="Har organisationen ett organisationsnummer?",
        choices=[("yes", "Ja"), ("no", "Nej")],
        widget=forms.RadioSelect,
    )
    org_nr = Line(
        label="Organisationsnummer",
        required=False,
        max_length=20,
        unasked="org_nr refuses it, and says why",
        help_text="Tio siffror, till exempel 802002-4280. Det står på papper från Skatteverket.",
    )
    org_nr_missing_reason = Line(
        label="Varför har organisationen inget nummer?",
        required=False,
        max_length=300,
        help_text="Till exempel: Vi är nybildade, eller en del av en större förening. Skriv inga namn på personer.",
    )
    legal_form = forms.ChoiceField(label="Juridisk form", choices=LegalForm, widget=forms.RadioSelect)

    def __init__(self, *args: Any, accession: Accession | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accession = accession
        self.organisation: Organisation | None = None
        self.warning = ""
        self._ask_about_alike()

    def known(self) -> OrganisationQuerySet:
        """Those that an applicant may hear of: on the list, once on it, or on their way there."""
        accessions = Accession.objects.public() | Accession.objects.open()
        return Organisation.objects.filter(accessions__in=accessions).distinct()

    def _ask_about_alike(self) -> None:
        """A further question when the name is almost that of an organisation we know."""
        name = self.data.get("name", "") if self.is_bound else ""
        accession = self.accession
        self.own = accession.own_organisation if accession else None
        if accession and (accession.supersedes_id or accession.registry_entry_id):
            self.organisation = accession.organisation  # settled: nothing to ask
            self.alike = []
        else:
            self.alike = [found for found in self.known().alike(name) if found != self.own] if name else []
        if self.alike:
            choices = [(str(organisation.pk), f"Ja, vi är {organisation.name}") for organisation in self.alike]
            self.fields["same_as"] = forms.ChoiceField(
                label="Är det här er organisation?",
                widget=forms.RadioSelect,
                choices=[*choices, (self.NONE_OF_THESE, "Nej, vi är en annan organisation")],
                help_text="Vi har redan en organisation med nästan samma namn.",
            )
            self.order_fields(["name", "same_as"])

    def clean_org_nr(self) -> str:
        typed = self.cleaned_data["org_nr"]
        if self.cleaned_data.get("has_org_nr") != "yes":
            if org_nr.looks_personal(typed):
                org_nr.clean(typed)
            return ""
        if not typed:
            raise ValidationError("Skriv organisationsnumret.", code="required")
        return org_nr.clean(typed)

    def clean_org_nr_missing_reason(self) -> str:
        reason = self.cleaned_data["org_nr_missing_reason"]
        if self.cleaned_data.get("has_org_nr") != "no":
            return ""
        if not reason:
            raise ValidationError("Skriv varför organisationen inte har något nummer.", code="required")
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        self.warning = org_nr.group_warning(cleaned.get("org_nr") or "", cleaned.get("legal_form", ""))
        if not self.errors:
            self._find_organisation()
        return cleaned

    def _find_organisation(self) -> None:
        """The organisation it is, if we know it, and a kind refusal if it is on the list or on its way there."""
        number, chosen = self.cleaned_data["org_nr"], self.cleaned_data.get("same_as", self.NONE_OF_THESE)
        field = "same_as" if chosen != self.NONE_OF_THESE else "name"
        by_number = Organisation.objects.filter(org_nr=number).first() if number else None
        if by_number:
            field = "org_nr"
        if by_number and self.organisation and by_number != self.organisation:
            self.add_error(field, f"Numret hör till en annan organisation hos oss: {by_number.name}.")
            return
        same = next((o for o in self.alike if str(o.pk) == chosen), None)
        self.organisation = self.organisation or by_number or same or self.own
        if not self.organisation:
            return
        others = self.organisation.accessions.exclude(pk__in=[self.accession.pk] if self.accession else [])
        name = self.organisation.name
        if others.open().exists():
            self.add_error(field, self.OPEN_ALREADY.format(name=name))
        elif others.active().filter(state=Accession.State.JOINED).exists():
            self.add_error(field, self.LISTED_ALREADY.format(name=name))


class ContactForm(forms.Form):
    """What the public list shows about the organisation."""

    area = Line(
        label="Område",
        required=False,
        max_length=100,
        help_text="Var i kommunen ni finns, till exempel Hallunda eller hela kommunen.",
    )
    public_email = forms.EmailField(
        label="Offentlig e-postadress",
        required=False,
        help_text="Visas på listan. Använd gärna föreningens adress, inte en egen.",
    )
    website = forms.URLField(label="Webbplats", required=False, assume_scheme="https", max_length=200)
    description = Text(
        label="Vad gör ni?",
        required=False,
        max_length=600,
        rows=3,
        help_text="En eller två meningar för listan. Högst 600 tecken.",
    )

    def clean_website(self) -> str:
        address: str = self.cleaned_data["website"]
        if address and not address.startswith(("http://", "https://")):
            raise ValidationError("Skriv en webbadress, till exempel https://foreningen.se.", code="scheme")
        return address


class SigningRuleForm(forms.Form):
    """Who signs for the organisation, and the minutes that show it."""

    conditional_fields = ("n", "evidence")

    mode = forms.ChoiceField(
        label="Vem skriver under för organisationen?",
        choices=SigningMode,
        widget=forms.RadioSelect,
        help_text="Det kallas firmateckning och står i protokollet från årsmötet eller det första styrelsemötet.",
    )
    n = forms.IntegerField(
        label="Hur många personer tillsammans?",
        required=False,
        min_value=2,
        max_value=MOST_SIGNATORIES,
        help_text="Fyll i om du valde ett visst antal personer.",
    )
    evidence = EvidenceField(label="Underlag", required=False, what="Protokollet som visar vilka som skriver under.")

    def __init__(self, *args: Any, accession: Accession | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accession = accession
        if accession and accession.evidence:
            self.fields["evidence"].label = "Byt underlag"

    def clean_n(self) -> int | None:
        n: int | None = self.cleaned_data["n"]
        if self.cleaned_data.get("mode") != SigningMode.N_JOINTLY:
            return None
        if n is None:
            raise ValidationError("Skriv hur många som ska skriva under tillsammans.", code="required")
        return n

    def clean_evidence(self) -> Any:
        upload = self.cleaned_data["evidence"]
        if upload is None and not (self.accession and self.accession.evidence_id):
            raise ValidationError("Ladda upp protokollet som visar vilka som skriver under.", code="required")
        return upload


class SignatoryForm(forms.Form):
    name = Name(label="Namn", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = Name(label="Roll", max_length=100, help_text="Till exempel ordförande eller kassör.")
    email = forms.EmailField(
        label="E-postadress",
        help_text="Personens egen adress. Dit går länken.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class BaseSignatoryFormSet(Rows):
    """Those who are to sign: each with an address of their own, at least as many as the signing rule asks for.

    Two may have the same name: then the later row asks whether they are two people.
    """

    def __init__(self, *args: Any, rule: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.rule = rule or {}
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        names = [clean_line(str(self._shown(row, "name"))).casefold() for row in range((index or 0) + 1)]
        if names[-1] and names[-1] in names[:-1]:
            form.fields[NAMESAKE] = forms.BooleanField(
                label="Ja, det är två olika personer",
                required=False,
                help_text=f"Person {names.index(names[-1]) + 1} heter också så.",
            )

    def _shown(self, row: int, field: str) -> Any:
        """What stands in a row, posted or from the start."""
        if self.is_bound:
            return self.data.get(f"{self.prefix}-{row}-{field}", "")
        return (self.initial or [])[row].get(field, "") if row < len(self.initial or []) else ""

    @property
    def people(self) -> list[dict[str, str]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data]

    def clean(self) -> None:
        if any(self.errors):
            return
        emails: dict[str, int] = {}
        for number, form in enumerate(self.forms, start=1):
            email = form.cleaned_data.get("email")
            if email and (first := emails.setdefault(email, number)) != number:
                form.add_error("email", f"Person {first} har samma e-postadress. Var och en behöver en egen.")
            if form.cleaned_data.get(NAMESAKE) is False:
                form.add_error(NAMESAKE, "Är det två olika personer? Kryssa i rutan. Annars tar du bort den ena.")
        if any(self.errors):
            return
        found = len(self.people)
        mode = self.rule.get("mode")
        required = max(required_signatures(mode, self.rule.get("n"), found), 1) if mode else 1
        if not found:
            self.refuse("Fyll i minst en person.", "too_few")
        elif found < required:
            self.refuse(f"Enligt er firmateckning behövs minst {required} personer. Lägg till fler.", "too_few")


_SignatoryFormSet = formset_factory(
    SignatoryForm,
    formset=BaseSignatoryFormSet,
    extra=0,
    max_num=MOST_SIGNATORIES,
    validate_max=True,
    absolute_max=MOST_SIGNATORIES + 5,
)


def typed_people(data: MultiValueDict) -> list[dict[str, str]]:
    """What was typed in each row, right or wrong, fit to keep and to show again."""
    total = data.get("person-TOTAL_FORMS", "")
    rows = range(min(int(total), MOST_SIGNATORIES) if total.isdecimal() and len(total) < 4 else 0)
    names = (*SignatoryForm.base_fields, NAMESAKE)
    people = [{name: keepable(data.get(f"person-{i}-{name}", "")) for name in names} for i in rows]
    return [person for person in people if any(person.values())]


def signatory_formset(data: Any, *, rule: dict[str, Any], initial: Any = None) -> BaseSignatoryFormSet:
    """The rows of signatories, checked against the signing rule (mode, n)."""
    # A posted row is compared with nothing, or an unchanged one would count as empty.
    initial = initial if data is None else None
    formset = _SignatoryFormSet(data, initial=initial, prefix="person", rule=rule)  # type: ignore[call-arg]
    return cast(BaseSignatoryFormSet, formset)


class SignForm(signing_views.SignForm):
    def statement(self, signature: Any) -> str:
        name = signature.round.content["organisation"]["name"]
        return f"Jag har läst texten, är minst 18 år och får skriva under för {name}."


class DeclineForm(forms.Form):
    reason = Text(
        label="Varför skriver du inte under?",
        max_length=1000,
        help_text="Den som startade ansökan och kommunen får läsa det.",
    )


class AnswerForm(forms.Form):
    text = Text(label="Ditt svar", max_length=3000, help_text="Berätta vad du har ändrat eller lagt till.")
    evidence = EvidenceField(label="Nytt underlag", required=False, what="Om vi har bett om ett nytt protokoll.")


class LeaveForm(forms.Form):
    reason = Text(label="Varför lämnar ni?", required=False, max_length=1000)


class WithdrawForm(forms.Form):
    reason = Text(label="Varför återkallar ni?", required=False, max_length=1000)
