"""Is IOP right for us? The decision table, and what follows from the answers. Guidance, never a legal decision.

The table is read from the top. The first row that the answers meet decides, and no question is asked after that; the
order of the rows is the order of the questions. It goes by the criteria in facts.py, each named beside its question.
Where they say nothing (small projects, a need that nobody has talked about yet) it is our own reading, and says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from . import facts
from .facts import Criterion

DISCLAIMER = "Det här är vägledning, inte ett juridiskt beslut."
Answers = Mapping[str, str]


class Kind(StrEnum):
    """Where the table can end."""

    IOP = "iop"
    IOP_SHORT = "iop_short"
    JOIN = "join"
    TALK = "talk"
    CONTRIBUTE = "contribute"
    PROJECT = "project"
    GRANT = "grant"
    PROCUREMENT = "procurement"


@dataclass(frozen=True)
class Option:
    """An answer, what it says about the idea, and what is left to find out."""

    value: str
    label: str
    reason: str
    caution: str = ""


@dataclass(frozen=True)
class Question:
    """Asked in plain words. `about` is the criterion behind it, or nothing where the question is our own."""

    key: str
    text: str
    help: str
    options: tuple[Option, ...]
    about: str = ""

    @property
    def criterion(self) -> Criterion | None:
        return facts.criterion(self.about)

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True)
class Row:
    question: str
    value: str
    leads_to: Kind


@dataclass(frozen=True)
class Step:
    """What to do next; `link` is the name of an address, `label` what stands on the link."""

    text: str
    link: str = ""
    label: str = ""


@dataclass(frozen=True)
class Advice:
    """What is said at the end. `own` where the sources do not say it."""

    title: str
    summary: str
    steps: tuple[Step, ...]
    own: str = ""


@dataclass(frozen=True)
class Given:
    """A question and the answer to it."""

    question: Question
    option: Option


@dataclass(frozen=True)
class Outcome:
    """Where the answers lead: what decided it, what speaks for IOP, and what is left to find out."""

    kind: Kind
    decisive: tuple[Given, ...]
    fits: tuple[Given, ...]
    cautions: tuple[str, ...]

    @property
    def advice(self) -> Advice:
        return ADVICE[self.kind]

    @property
    def reasons(self) -> tuple[Given, ...]:
        """When nothing speaks against IOP, what speaks for it is the reason."""
        return self.decisive or self.fits


QUESTIONS = (
    Question(
        "vinst",
        "Ska verksamheten ge vinst till ägare?",
        "Om ett överskott går tillbaka till verksamheten svarar du nej. Så är det i de flesta föreningar, stiftelser "
        "och sociala företag.",
        (
            Option("ja", "Ja", "Verksamheten ska ge vinst till ägare. Ett partnerskap har ingen sådan drivkraft."),
            Option("nej", "Nej", "Ingen ska tjäna pengar på verksamheten."),
        ),
        "equal_parties",
    ),
    Question(
        "stod",
        "Vad behöver ni stöd till?",
        "",
        (
            Option(
                "foreningen",
                "Till föreningen och det vi alltid gör",
                "Ni söker stöd till hela föreningen. Det är vad förenings- och verksamhetsbidragen är till för, och "
                "ett partnerskap får inte vara en del av dem.",
            ),
            Option(
                "projekt",
                "Till ett mindre projekt som görs en gång",
                "Det är ett mindre projekt som görs en gång. Ett partnerskap är något som får växa under flera år.",
            ),
            Option(
                "verksamhet",
                "Till en bestämd verksamhet som vi driver",
                "Det gäller en bestämd verksamhet som ni själva driver.",
            ),
        ),
        "not_grant",
    ),
    Question(
        "ide",
        "Vem kom med idén?",
        "Har ni arbetat fram den tillsammans? Välj den som tog det första steget.",
        (
            Option("vi", "Vår organisation", "Idén kommer från er."),
            Option(
                "kommunen",
                "Kommunen",
                "Idén kommer från kommunen. Ett partnerskap börjar hos den idéburna organisationen.",
            ),
        ),
        "initiative",
    ),
    Question(
        "flera",
        "Finns det flera som vill göra det här, så att kommunen behöver välja en?",
        "Tänk på andra föreningar och på företag.",
        (
            Option("ja", "Ja", "Flera kan göra det, och kommunen behöver välja en. Då finns det konkurrens."),
            Option("nej", "Nej", "Kommunen behöver inte välja mellan flera."),
        ),
        "no_market",
    ),
    Question(
        "marknad",
        "Finns det företag eller andra som säljer samma sak?",
        "",
        (
            Option("ja", "Ja", "Andra säljer samma sak. Då finns det en marknad att ta hänsyn till."),
            Option("nej", "Nej", "Det finns ingen marknad att ta hänsyn till."),
            Option(
                "vet-inte",
                "Vi vet inte",
                "Ni vet inte än om det finns en marknad.",
                "Ta reda på om någon annan säljer samma sak. Kommunens upphandlare kan hjälpa er.",
            ),
        ),
        "no_market",
    ),
    Question(
        "bidrag",
        "Bidrar er organisation själv med något?",
        "Det kan vara pengar, anställda, ideella timmar, lokaler eller något annat.",
        (
            Option("ja", "Ja", "Ni bidrar själva med något."),
            Option("nej", "Nej", "Ni bidrar inte själva. I ett partnerskap är båda med och betalar på något sätt."),
        ),
        "both_finance",
    ),
    Question(
        "behov",
        "Finns det ett behov som både ni och kommunen vill möta?",
        "",
        (
            Option("ja", "Ja", "Både ni och kommunen vill möta behovet."),
            Option("nej", "Nej, kommunen ser det inte så", "Kommunen ser inte samma behov som ni, inte än."),
            Option(
                "vet-inte",
                "Vi vet inte, vi har inte pratat med kommunen",
                "Ni har inte pratat med kommunen om behovet än.",
                "Prata med kommunen om behovet innan ni skriver ett förslag.",
            ),
        ),
        "shared_need",
    ),
    Question(
        "ansluten",
        "Är er organisation ansluten till Överenskommelsen?",
        "",
        (
            Option("ja", "Ja", "Ni är anslutna till Överenskommelsen."),
            Option("nej", "Nej", "Ni är inte anslutna till Överenskommelsen än. Det behövs för ett partnerskap."),
        ),
        "joined",
    ),
    Question(
        "tid",
        "Hur länge ska samarbetet pågå?",
        "",
        (
            Option("tre", "I tre år eller längre, med ett slut", "Det ska pågå i minst tre år, med ett slutdatum."),
            Option(
                "kortare", "Kortare än tre år", "Det ska pågå kortare än tre år. Det går, men normalt är det minst tre."
            ),
            Option(
                "utan-slut",
                "Vi vill inte bestämma något slut",
                "Det ska pågå länge.",
                "Ett partnerskap har en bestämd tid. Kom överens om ett slutdatum. Sedan kan ni förnya avtalet.",
            ),
        ),
        "limited_time",
    ),
)

TABLE = (
    Row("vinst", "ja", Kind.PROCUREMENT),
    Row("stod", "foreningen", Kind.GRANT),
    Row("ide", "kommunen", Kind.PROCUREMENT),
    Row("flera", "ja", Kind.PROCUREMENT),
    Row("marknad", "ja", Kind.PROCUREMENT),
    Row("stod", "projekt", Kind.PROJECT),
    Row("bidrag", "nej", Kind.CONTRIBUTE),
    Row("behov", "nej", Kind.TALK),
    Row("ansluten", "nej", Kind.JOIN),
    Row("tid", "kortare", Kind.IOP_SHORT),
)
OTHERWISE = Kind.IOP
# Here the answers speak for IOP, even where something is left to do.
PROMISING = (Kind.IOP, Kind.IOP_SHORT, Kind.JOIN)

READ_CRITERIA = Step("Läs kriterierna och prata om dem i er styrelse.", "iop:iop", "Vad IOP är")
ASK = Step("Hör av er till kommunen om ni är osäkra.", "pages:contact", "Kontakt")
PROPOSE = Step(
    "Skriv ett förslag till kommunen. Ni kan spara och fortsätta en annan dag.",
    "iop:propose",
    "Föreslå ett partnerskap",
)

ADVICE = {
    Kind.IOP: Advice(
        "IOP kan vara rätt för er",
        "Det ni berättar stämmer med det som kännetecknar ett partnerskap. Nästa steg är att prata med kommunen.",
        (READ_CRITERIA, PROPOSE, ASK),
    ),
    Kind.IOP_SHORT: Advice(
        "IOP kan vara rätt för er, men förklara tiden",
        "Ett partnerskap pågår normalt i minst tre år. Det kan vara kortare om ni skriver varför.",
        (Step("Skriv ner varför tiden ska vara kortare än tre år. Båda parter ska hålla med."), PROPOSE, ASK),
    ),
    Kind.JOIN: Advice(
        "Anslut er först, sedan kan IOP passa",
        "Det ni har berättat hittills passar ett partnerskap. Men först behöver ni ansluta er till Överenskommelsen.",
        (
            Step("Anslut er organisation. Det kostar inget.", "agreement:start", "Anslut er"),
            Step("Gör klart testet när ni är med på listan. En fråga återstår."),
            ASK,
        ),
    ),
    Kind.TALK: Advice(
        "Börja med ett samtal",
        "Ett partnerskap bygger på ett behov som båda vill möta. Där är ni inte än.",
        (
            Step("Berätta för kommunen vad ni ser, och fråga vad de ser.", "pages:contact", "Kontakt"),
            Step("Plattformen och Rådet kan ta upp frågan med kommunen.", "council:platform", "Plattformen"),
        ),
        "Att behovet är gemensamt står inte i kommunens egna kriterier. Rådet att börja med ett samtal är vårt eget.",
    ),
    Kind.CONTRIBUTE: Advice(
        "IOP passar inte som det är nu",
        "I ett partnerskap bidrar båda parter. Bidrar bara kommunen liknar det mer ett bidrag.",
        (
            Step("Tänk efter vad ni redan har: ideella timmar, lokaler, kunskap, kontakter. Allt det räknas."),
            Step("Fråga annars kommunen vilka bidrag som finns.", "pages:contact", "Kontakt"),
        ),
    ),
    Kind.PROJECT: Advice(
        "Ett projektbidrag passar nog bättre",
        "Det ni vill göra är mindre och görs en gång. Då räcker oftast ett projektbidrag eller ett enklare avtal.",
        (
            Step("Fråga kommunen vilka projektbidrag som finns.", "pages:contact", "Kontakt"),
            Step("Blir det en verksamhet som fortsätter? Gör då testet igen.", "iop:guide", "Är IOP rätt för oss?"),
        ),
        "Källorna säger inget om små projekt. Det här är vår egen bedömning.",
    ),
    Kind.GRANT: Advice(
        "Ett förenings- eller verksamhetsbidrag passar nog bättre",
        "Ni söker stöd till föreningen i stort. Till det finns bidragen. Ett partnerskap gäller en bestämd verksamhet.",
        (
            Step("Fråga kommunen vilka bidrag ni kan söka.", "pages:contact", "Kontakt"),
            Step(
                "Har ni också en idé om en bestämd verksamhet? Gör testet för den.", "iop:guide", "Är IOP rätt för oss?"
            ),
        ),
    ),
    Kind.PROCUREMENT: Advice(
        "En upphandling passar nog bättre",
        "Det ni berättar liknar något som kommunen köper. Då är det oftast en upphandling och inte ett partnerskap.",
        (
            Step("Prata med kommunens upphandlare. Fråga också hur mindre organisationer kan vara med."),
            Step("Berätta för kommunen vad ni tänker er.", "pages:contact", "Kontakt"),
        ),
    ),
}


def answers_in(query: Answers) -> dict[str, str]:
    """Those of the answers in an address that the test knows, in its own order."""
    given = {question.key: query.get(question.key, "") for question in QUESTIONS}
    return {question.key: given[question.key] for question in QUESTIONS if question.option(given[question.key])}


def question(key: str) -> Question | None:
    return next((found for found in QUESTIONS if found.key == key), None)


def next_question(answers: Answers) -> Question | None:
    """The first question that the table needs an answer to, or none when it has been decided."""
    for row in TABLE:
        if row.question not in answers:
            return question(row.question)
        if answers[row.question] == row.value:
            return None
    return None


def outcome(answers: Answers) -> Outcome | None:
    """Where complete answers lead; nothing as long as there is more to ask."""
    if next_question(answers):
        return None
    met = [row for row in TABLE if answers.get(row.question) == row.value]
    kind = met[0].leads_to if met else OTHERWISE
    everything = tuple(given(answers))
    deciding = {row.question for row in met if row.leads_to == kind}
    decisive = tuple(one for one in everything if one.question.key in deciding)
    if kind not in PROMISING:
        return Outcome(kind, decisive, (), ())
    against = {row.question for row in met}
    fits = tuple(one for one in everything if one.question.key not in against and not one.option.caution)
    return Outcome(kind, decisive, fits, tuple(one.option.caution for one in everything if one.option.caution))


def given(answers: Answers) -> Iterator[Given]:
    """Each question that has been answered, in order."""
    for one in QUESTIONS:
        if option := one.option(answers.get(one.key, "")):
            yield Given(one, option)


def address(answers: Answers, **more: str) -> str:
    """The answers as the part of an address after the question mark."""
    return urlencode({**answers, **more})
