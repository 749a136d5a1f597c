"""The forms of membership in Plattformen. They clean and lay out; the verbs are on the models."""

from typing import Any

from django import forms

from agreement.models import Accession
from botkyrka_civil.lib.forms import Name, Text, TrapForm
from organisations.models import Organisation

from .models.memberships import joined_organisations


class MembershipForm(TrapForm):
    """Offers those who may apply. Takes any that the public knows of, so that the verb can say why it says no."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        help_text="Här väljer du bland dem som är anslutna till Överenskommelsen och inte redan är med.",
        error_messages={
            "required": "Välj organisation i listan.",
            "invalid_choice": "Organisationen finns inte bland dem som är anslutna. Välj den i listan.",
        },
    )
    name = Name(label="Ditt namn", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Din e-postadress",
        help_text="Dit skickar vi en länk. Ansökan går till styrelsen när du har bekräftat med den.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    motivation = Text(
        label="Varför vill ni vara med?",
        required=False,
        max_length=2000,
        rows=5,
        help_text="Styrelsen läser det. Skriv inga uppgifter om enskilda personer.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organisation.objects.filter(pk__in=Accession.objects.public().values("organisation"))
        self.offered = list(joined_organisations().values_list("pk", "name"))
        field.choices = [("", "Välj organisation"), *self.offered]
