"""The whole life of an accession on one screen: its states, and the table of moves between them."""

from django.db import models

from botkyrka_civil.casework.models import transition


class State(models.TextChoices):
    DRAFT = "draft", "Utkast"
    AWAITING_SIGNATURES = "awaiting_signatures", "Väntar på underskrifter"
    EXPIRED = "expired", "Förfallen"
    WITHDRAWN = "withdrawn", "Återkallad"
    SUBMITTED = "submitted", "Inskickad"
    UNDER_REVIEW = "under_review", "Under granskning"
    COMPLETION_REQUESTED = "completion_requested", "Komplettering begärd"
    WRITTEN_OFF = "written_off", "Avskriven"
    JOINED = "joined", "Ansluten"
    REAFFIRMATION_REQUESTED = "reaffirmation_requested", "Bekräftelse begärd"
    REJECTED = "rejected", "Avslagen"
    LEFT = "left", "Utträdd"
    ENDED = "ended", "Avslutad"


NEVER_RECEIVED = (State.DRAFT, State.EXPIRED, State.WITHDRAWN)  # unless it was registered before it was withdrawn
OPEN = (State.AWAITING_SIGNATURES, State.SUBMITTED, State.UNDER_REVIEW, State.COMPLETION_REQUESTED)
ACTIVE = (State.JOINED, State.REAFFIRMATION_REQUESTED)
DECIDED = (*ACTIVE, State.REJECTED, State.WRITTEN_OFF, State.ENDED)  # there is a decision to translate
REGISTERED = (State.SUBMITTED, State.UNDER_REVIEW, State.COMPLETION_REQUESTED, State.REJECTED, State.WRITTEN_OFF)

TRANSITIONS = {
    "invite": transition(
        "skicka till firmatecknarna", "Skickades till firmatecknarna", [State.DRAFT], State.AWAITING_SIGNATURES
    ),
    "edit": transition("ändra uppgifterna", "Öppnades för ändring", [State.AWAITING_SIGNATURES], State.DRAFT),
    "submit": transition("skicka in", "Skickades in", [State.AWAITING_SIGNATURES], State.SUBMITTED),
    "expire": transition("avsluta väntan", "Tiden för underskrift gick ut", [State.AWAITING_SIGNATURES], State.EXPIRED),
    "withdraw": transition("återkalla", "Återkallades", [State.DRAFT, *OPEN], State.WITHDRAWN),
    "take": transition("ta ärendet", "Togs för granskning", [State.SUBMITTED, State.UNDER_REVIEW], State.UNDER_REVIEW),
    "request_completion": transition(
        "begära komplettering", "Komplettering begärdes", [State.UNDER_REVIEW], State.COMPLETION_REQUESTED
    ),
    "answer": transition(
        "svara på kompletteringen",
        "Kompletterades",
        [State.COMPLETION_REQUESTED],
        State.UNDER_REVIEW,
        State.AWAITING_SIGNATURES,
    ),
    "extend": transition(
        "flytta sista dagen", "Sista dagen flyttades", [State.COMPLETION_REQUESTED], State.COMPLETION_REQUESTED
    ),
    "approve": transition("godkänna", "Godkändes", [State.UNDER_REVIEW], State.JOINED),
    "reject": transition("avslå", "Avslogs", [State.UNDER_REVIEW], State.REJECTED),
    "write_off": transition("skriva av", "Skrevs av", [State.COMPLETION_REQUESTED], State.WRITTEN_OFF),
    "request_reaffirmation": transition(
        "be om bekräftelse", "Ombads bekräfta en ny version", ACTIVE, State.REAFFIRMATION_REQUESTED
    ),
    "leave": transition("utträda", "Utträdde", ACTIVE, State.LEFT),
    "end": transition("avsluta anslutningen", "Avslutades", ACTIVE, State.ENDED),
    "translate": transition(
        "registrera en översättning av beslutet", "Översättningen av beslutet registrerades", DECIDED, *DECIDED
    ),
}
