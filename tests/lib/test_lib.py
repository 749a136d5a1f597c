"""The ground: links, limits, text, letters, names and settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from botkyrka_civil.lib import env, limits, swedish, text, tokens
from botkyrka_civil.lib.letters import post


@given(st.text())
def test_a_link_is_for_one_purpose_and_no_guess_is_a_link(guess):
    key = tokens.new_key()
    token = tokens.make("agreement:sign", key)
    assert tokens.read("agreement:sign", token) == key != tokens.new_key()
    for purpose, wrong in (("agreement:application", token), ("agreement:sign", guess)):
        with pytest.raises(tokens.BadLink):
            tokens.read(purpose, wrong)


@given(st.text())
def test_cleaned_text_stays_clean_and_an_address_is_no_name(typed):
    once = text.clean_text(typed)
    assert text.clean_text(once) == once
    assert not set(once) & set("\x00\x1b\x7f\u200b\u202a\u202e\u2066\u2069\ufeff\r")
    assert "\n" not in text.clean_line(typed)
    for name in ("http://x.se", "HTTPS://x", "www.x.se", "ftp://x"):
        with pytest.raises(ValidationError):
            text.no_links(name)


@pytest.mark.django_db
def test_a_limit_counts_each_name_for_itself():
    assert [limits.exceeded("x", "a@b.se", limit=2) for _ in range(3)] == [False, False, True]
    assert limits.exceeded("x", "A@B.SE", limit=2)
    assert not limits.exceeded("x", "c@d.se", limit=2)
    assert not limits.exceeded("y", "a@b.se", limit=2)


def test_the_address_is_seen_past_our_own_proxies_only(settings):
    for proxies, forwarded, expected in [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9"),
    ]:
        settings.TRUSTED_PROXIES = proxies
        request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="9.9.9.9")
        assert limits.client_address(request) == expected, (proxies, forwarded)


def test_names_that_may_be_the_same():
    for a, b, alike in [
        ("Hela Människan Botkyrka Huddinge", "Hela människan Huddinge Botkyrka Salem", True),
        ("Hela Människan", "Hela Människan Huddinge-Botkyrka-Salem", True),
        ("Röda Korset Botkyrka", "Röda korset", True),
        ("Verdandi Botkyrka", "Verdandi", True),
        ("Studieförbundet Bilda", "Teater Carpa", False),
        ("Jemenitiska föreningen", "Pakistan Culture Society", False),
        ("Islamiskt forum Botkyrka", "Nattvandrarna Botkyrka", False),
    ]:
        assert (swedish.alike(a, b) >= 0.8) is alike, (a, b)


def test_swedish_order():
    names = ["Öst", "Ärlig", "Åsa", "Zeta", "adam", "Wåhleman", "Viktor", "Émile", "Eva"]
    assert sorted(names, key=swedish.sort_key) == [
        "adam", "Émile", "Eva", "Viktor", "Wåhleman", "Zeta", "Åsa", "Ärlig", "Öst",
    ]  # fmt: skip


@given(st.text(), st.text())
def test_comparison_is_an_order(a, b):
    assert swedish.compare(a, b) == -swedish.compare(b, a)
    assert swedish.slug(a).isascii()


def test_a_letter_has_text_and_html_and_no_header_from_elsewhere(mailoutbox):
    post(to="a@b.se", subject="Hej\r\nBcc: alla@x.se", body="<b>Hej</b>\n\nSe https://exempel.se/x")
    [sent] = mailoutbox
    assert (sent.subject, sent.to) == ("Hej Bcc: alla@x.se", ["a@b.se"]) and "Bcc" not in sent.message()
    html = sent.alternatives[0].content
    assert "&lt;b&gt;Hej&lt;/b&gt;" in html and '<a href="https://exempel.se/x"' in html


def test_a_wrong_setting_stops_with_a_sentence(monkeypatch):
    for value, reader in [
        ("kanske", env.flag),
        ("många", lambda name: env.number(name, 1)),
        ("0", lambda name: env.number(name, 1, least=1)),
        ("-3", lambda name: env.days(name, 1)),
        ("mysql://x/y", lambda name: env.database(name, "", "")),
        ("brevduva://x", lambda name: env.mailer(name, "", demo=False)),
        ("smtp://", lambda name: env.mailer(name, "", demo=False)),
    ]:
        monkeypatch.setenv("INSTÄLLNING", value)
        with pytest.raises(ImproperlyConfigured, match=r"INSTÄLLNING.*\.$"):
            reader("INSTÄLLNING")


def test_a_secret_may_lie_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "hemlig").write_text(" värdet\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "hemlig"))
    assert env.text("X") == "värdet"
    monkeypatch.setenv("X_FILE", str(tmp_path / "saknas"))
    with pytest.raises(ImproperlyConfigured, match="saknas"):
        env.text("X")
