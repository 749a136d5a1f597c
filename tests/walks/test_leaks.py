"""Marked words in everything that could leak, and every reader at every address that can be fetched.

What each reader finds is compared with MAY, both ways: a word too many is a leak, and a word too few says that the
crawl has lost its way. An address whose placeholders nobody has told how to fill fails, so no new outlet is forgotten.
"""

import logging

import pytest
from django.core.files.storage import default_storage

from botkyrka_civil.casework import letters
from botkyrka_civil.casework.models import Letter
from tests.tools.crawl import PLACEHOLDER, seen_by, ways, words_in
from tests.tools.titles import Titles
from tests.tools.web import COMPLETE, routes
from tests.world import ALL, LINKS, MAY, PLANTED, STAFF, USERS


def test_every_address_is_known_to_the_crawl():
    for route in routes():
        for found in PLACEHOLDER.finditer(route):
            spelled = route[: found.start()]
            assert ways(spelled, found["named"] or found["name"]), f"say in VALUES what {found[0]} in {route} can be"


@pytest.mark.django_db
def test_all_that_the_table_tells_of_is_planted(readers):
    assert set(MAY) == PLANTED
    assert set(readers) == ALL


def distinct(names: set[str]) -> list[str]:
    """One reader for each set of words to be found; what is a single person's own does not count."""
    first: dict[tuple, str] = {}
    for name in sorted(names):
        shared = frozenset(word for word, who in MAY.items() if name in who and len(who) > 1)
        first.setdefault((name in USERS, shared if name not in LINKS else name), name)
    return sorted(first.values())


@pytest.mark.crawl
@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ALL) if COMPLETE else distinct(ALL))
def test_each_reader_finds_what_is_theirs_and_nothing_more(name, readers, caplog):
    caplog.set_level(logging.CRITICAL, logger="django.request")  # what is refused, thousands of times
    titles = Titles()
    seen = seen_by(readers[name], titles)
    leaks = {word: where for word, where in seen.items() if name not in MAY[word]}
    assert not leaks
    assert not titles.faults, "\n".join(titles.faults)
    known = "anonymous" if name in LINKS else ""
    own = {word for word, who in MAY.items() if name in who and known not in who}
    lost = own - seen.keys()
    allowed = len(own) // 2 if name in USERS and not COMPLETE else 0  # who looks at some rows misses some words
    assert len(lost) <= allowed, f"the crawl, or the page, has lost what is theirs: {sorted(lost)}"


@pytest.mark.django_db
def test_a_letter_says_nothing_that_its_reader_may_not_find(readers):
    """Nothing unsent to anybody, and to the municipality's own nothing that they do not come across anyway."""
    names = {readers[name].user.email: name for name in STAFF}
    unsent = {word for word in MAY if "unsent" in word or "planned" in word}
    for letter in Letter.objects.all():
        words = words_in(f"{letter.subject} {letters.full_body(letter)} {letter.attachment_name}".encode())
        if letter.attachment:
            with default_storage.open(letter.attachment) as file:
                words |= words_in(file.read())
        assert not words & unsent, (letter.kind, letter.subject)
        if name := names.get(letter.to):
            assert not {word for word in words if name not in MAY[word]}, (letter.kind, name)
