"""The life of a meeting, a membership and a nomination: states, and the moves between them, on one screen."""

from django.db import models

from botkyrka_civil.casework.models import transition


class MeetingState(models.TextChoices):
    PLANNED = "planned", "Planerat"
    CALLED = "called", "Kallat"
    HELD = "held", "Genomfört"
    DRAWN_UP = "drawn_up", "Protokoll upprättat"
    SIGNED_OFF = "signed_off", "Justerat"
    PUBLISHED = "published", "Publicerat"
    CANCELLED = "cancelled", "Inställt"


class MembershipState(models.TextChoices):
    BEGUN = "begun", "Inte bekräftad"
    APPLIED = "applied", "Ansökt"
    MEMBER = "member", "Medlem"
    REJECTED = "rejected", "Avslagen"
    WITHDRAWN = "withdrawn", "Återkallad"
    LEFT = "left", "Utträdd"
    EXCLUDED = "excluded", "Utesluten"


class NominationState(models.TextChoices):
    PROPOSED = "proposed", "Föreslagen"
    NOMINATED = "nominated", "Nominerad"
    APPOINTED = "appointed", "Utsedd"
    DECLINED = "declined", "Avböjd"
    NOT_APPOINTED = "not_appointed", "Inte utsedd"


_M, _S, _N = MeetingState, MembershipState, NominationState

MEETING = {
    "call": transition("kalla till mötet", "Kallelsen skickades", [_M.PLANNED], _M.CALLED),
    "call_again": transition("skicka ändrad kallelse", "Ändrad kallelse skickades", [_M.CALLED], _M.CALLED),
    "cancel": transition("ställa in mötet", "Mötet ställdes in", [_M.PLANNED, _M.CALLED], _M.CANCELLED),
    "hold": transition("anteckna närvaron", "Mötet hölls", [_M.CALLED], _M.HELD),
    "draw_up": transition("skicka protokollet för justering", "Protokollet upprättades", [_M.HELD], _M.DRAWN_UP),
    "reopen": transition("ta tillbaka protokollet", "Protokollet togs tillbaka", [_M.DRAWN_UP], _M.HELD),
    "sign_off": transition("justera protokollet", "Protokollet justerades", [_M.DRAWN_UP], _M.SIGNED_OFF),
    "publish": transition("publicera protokollet", "Protokollet publicerades", [_M.SIGNED_OFF], _M.PUBLISHED),
    "unpublish": transition(
        "ta bort protokollet från webben", "Protokollet togs bort från webben", [_M.PUBLISHED], _M.SIGNED_OFF
    ),
}

MEMBERSHIP = {
    "confirm": transition("bekräfta ansökan", "Ansökan bekräftades", [_S.BEGUN], _S.APPLIED),
    "accept": transition("anta som medlem", "Antogs som medlem", [_S.APPLIED], _S.MEMBER),
    "reject": transition("avslå ansökan", "Ansökan avslogs", [_S.APPLIED], _S.REJECTED),
    "withdraw": transition("återkalla ansökan", "Ansökan återkallades", [_S.BEGUN, _S.APPLIED], _S.WITHDRAWN),
    "leave": transition("gå ur Plattformen", "Medlemskapet upphörde på egen begäran", [_S.MEMBER], _S.LEFT),
    "exclude": transition("utesluta medlemmen", "Medlemmen uteslöts", [_S.MEMBER], _S.EXCLUDED),
}

NOMINATION = {
    "nominate": transition("nominera", "Nominerades till Rådet", [_N.PROPOSED], _N.NOMINATED),
    "decline": transition("anteckna att kandidaten avböjt", "Avböjde", [_N.PROPOSED, _N.NOMINATED], _N.DECLINED),
    "appoint": transition("utse", "Utsågs till Rådet", [_N.NOMINATED], _N.APPOINTED),
    "not_appoint": transition("anteckna att kandidaten inte utsetts", "Utsågs inte", [_N.NOMINATED], _N.NOT_APPOINTED),
}
