"""The whole life of a partnership on one screen: its states, and the table of moves between them."""

from django.db import models

from botkyrka_civil.casework.models import transition


class Side(models.TextChoices):
    CIVIL = "civil", "Civilsamhället"
    MUNICIPALITY = "municipality", "Kommunen"


class State(models.TextChoices):
    DRAFT = "draft", "Utkast"
    PROPOSED = "proposed", "Förslag"
    DIALOGUE = "dialogue", "Dialog"
    DRAFTING = "drafting", "Avtalsutkast"
    DECISION = "decision", "Inför beslut"
    SIGNED = "signed", "Tecknat"
    ACTIVE = "active", "Aktivt"
    FOLLOW_UP = "follow_up", "Uppföljning"
    RENEGOTIATION = "renegotiation", "Omförhandlas"
    ENDED = "ended", "Avslutat"
    EVALUATED = "evaluated", "Slututvärderat"
    DECLINED = "declined", "Avböjt"
    CANCELLED = "cancelled", "Avbrutet"
    TERMINATED = "terminated", "Uppsagt"


OPEN = (State.PROPOSED, State.DIALOGUE, State.DRAFTING, State.DECISION)  # received, and not signed yet
RUNNING = (State.ACTIVE, State.FOLLOW_UP, State.RENEGOTIATION)
BINDING = (State.SIGNED, *RUNNING)
CLOSED = (State.DECLINED, State.CANCELLED, State.TERMINATED, State.EVALUATED)
DECIDED = (*BINDING, State.ENDED, State.EVALUATED, State.DECLINED, State.TERMINATED)  # there is one to translate
# Those who have an agreement, today or before: what everyone may see.
PUBLIC = (*BINDING, State.ENDED, State.EVALUATED, State.TERMINATED)
# When the terms, the parties' answers and their contributions may be written.
TERMS_OPEN = (State.DIALOGUE, State.DRAFTING, State.RENEGOTIATION)

_S = State
TRANSITIONS = {
    "propose": transition("skicka in förslaget", "Förslaget kom in", [_S.DRAFT], _S.PROPOSED),
    "open_dialogue": transition("ta upp dialog", "Dialogen började", [_S.PROPOSED], _S.DIALOGUE),
    "draft_agreement": transition("börja skriva avtalet", "Avtalet började skrivas", [_S.DIALOGUE], _S.DRAFTING),
    "submit": transition("lägga fram för beslut", "Lades fram för beslut", [_S.DRAFTING], _S.DECISION),
    "reopen": transition(
        "öppna avtalet för ändring",
        "Avtalet öppnades för ändring",
        [_S.DECISION, _S.RENEGOTIATION],
        _S.DRAFTING,
        _S.RENEGOTIATION,
    ),
    "decide": transition(
        "anteckna ja och skicka avtalet för underskrift",
        "Beslut om ja: avtalet skickades för underskrift",
        [_S.DECISION, _S.RENEGOTIATION],
        _S.DECISION,
        _S.RENEGOTIATION,
    ),
    "sign": transition("teckna avtalet", "Avtalet tecknades", [_S.DECISION, _S.RENEGOTIATION], _S.SIGNED, _S.ACTIVE),
    "start": transition("börja partnerskapet", "Partnerskapet började", [_S.SIGNED], _S.ACTIVE),
    "begin_follow_up": transition("börja uppföljningen", "Uppföljningen började", [_S.ACTIVE], _S.FOLLOW_UP),
    "conclude": transition("avsluta uppföljningen", "Uppföljningen blev klar", [_S.FOLLOW_UP], _S.ACTIVE),
    "renegotiate": transition("omförhandla avtalet", "Omförhandlingen började", [_S.ACTIVE], _S.RENEGOTIATION),
    "abandon": transition("avbryta omförhandlingen", "Omförhandlingen avbröts", [_S.RENEGOTIATION], _S.ACTIVE),
    "end": transition("avsluta partnerskapet", "Avtalstiden gick ut", RUNNING, _S.ENDED),
    "evaluate": transition("slututvärdera", "Slututvärderades", [_S.ENDED], _S.EVALUATED),
    "decline": transition("avböja", "Avböjdes", OPEN, _S.DECLINED),
    "cancel": transition("avbryta", "Avbröts", OPEN, _S.CANCELLED),
    "terminate": transition("säga upp avtalet", "Sades upp", BINDING, _S.TERMINATED),
    "translate": transition(
        "registrera en översättning av beslutet", "Översättningen av beslutet registrerades", DECIDED, *DECIDED
    ),
}
