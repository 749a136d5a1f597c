"""What the municipality's letters end with, word for word."""

SIGNED = "Vänliga hälsningar\nBotkyrka kommun\nkommun@example.org\n08-465 004 00\nPåhittade vägen 1, 123 45 Exempelby"
PRIVACY = (
    "Botkyrka kommun ansvarar för dina personuppgifter. Så här tar vi hand om dem, och det här har du rätt till: "
    "http://127.0.0.1:8000/personuppgifter/"
)
FINNISH = (
    "Suomeksi: Sinulla on oikeus käyttää suomea tässä asiassa, sekä puhuen että kirjoittaen. Jos puhut suomea "
    "kanssamme, saat suullisen vastauksen suomeksi. Saat pyynnöstä päätöksestä ja sen perusteluista kirjallisen "
    "käännöksen suomeksi. Vastaa tähän viestiin tai soita: 08-465 004 00."
)


def says(*paragraphs: str) -> str:
    return "\n\n".join([*paragraphs, SIGNED])
