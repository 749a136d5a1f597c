"""`make bench`: seconds hold for one machine on one day, ratios taken in turns in one run hold better.

Everything runs on loopback in a temporary VAR_DIR and ends with the process. A missed goal is said, and fails nothing.
"""

import os
import platform
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from importlib.metadata import version
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from urllib.parse import urlencode

import django
import pikepdf
from django.core.management import call_command
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

ROUNDS, CLIENTS, POSTS, PATIENCE = 7, 2, 40, 12
LIST, SIGN_UP = "/organisationer/", "/anslut/borja/"
NAMES = ("Förening", "Hembygd", "Idrott", "Scouter", "Åkrar", "Äppelvänner", "Örtagård", "Kör", "Läxhjälp", "Odling")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
Run = Callable[[], float]


def say(label: str, values: list[float], unit: str = "", *, least: float = 0, most: float = 0) -> None:
    """One line: median, (min–max) and, where there is one, the goal."""
    found = (median(values), min(values), max(values), least or most)
    middle, low, high, goal = (f"{x:.{1 if unit else 3}f}".replace(".", ",") for x in found)
    kept = found[0] >= least if least else found[0] <= most
    verdict = f"  mål {'≥' if least else '≤'} {goal}: {'nått' if kept else 'INTE nått'}" if least or most else ""
    print(f"  {label:<48}{middle:>7}{unit} ({low}–{high}, {len(values)} varv){verdict}", flush=True)


def in_turns(runs: dict[str, Run]) -> dict[str, list[float]]:
    """Each run once a round, so that what disturbs the machine disturbs them all. The first round warms up.

    On a busy machine fewer rounds, but at least three.
    """
    start, taken = monotonic(), []
    while len(taken) < 4 or (len(taken) <= ROUNDS and monotonic() - start < PATIENCE):
        taken.append({name: run() for name, run in runs.items()})
    return {name: [one[name] for one in taken[1:]] for name in runs}


def ratio(over: list[float], under: list[float]) -> list[float]:
    return [a / b for a, b in zip(over, under, strict=True)]


def seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def wait_for_idle_cpu() -> None:
    """The cores may be shared: wait ten seconds at most, and say so if it never got quiet."""
    stat, busy = Path("/proc/stat"), 0.0
    for _ in range(20 if stat.exists() else 0):
        before = [int(x) for x in stat.read_text().split()[1:9]]
        sleep(0.5)
        spent = [int(x) - y for x, y in zip(stat.read_text().split()[1:9], before, strict=True)]
        if (busy := 1 - sum(spent[3:5]) / max(1, sum(spent))) < 0.15:
            return
    print(f"OBS: något annat använde {busy:.0%} av processorn hela tiden, så lita mindre på kvoterna.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(app: str, port: int) -> Iterator[None]:
    """As `make run` starts it: sync, two workers."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", app, *options])
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert server.poll() is None, f"{app} startade inte"
            sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()  # gunicorn ends its workers within 30 seconds, gently or not


def ask(port: int, path: str, requests: int, csrf: tuple[str, str] | None = None) -> set[bytes]:
    """A client: requests one after another. Returns the distinct bodies; anything but 200 ends it all.

    On bare sockets: http.client costs more than the hello it would measure, and so hides half of every difference.
    """
    bodies, form, more = set(), b"", ""
    for _ in range(requests):
        key = secrets.token_hex(16)
        if csrf:  # a new person and address each time, since one address may do this 30 times an hour
            facts = {"name": "Sara Sökande", "email": f"{key}@exempel.se", "request_key": key}
            form = urlencode(facts | {"csrfmiddlewaretoken": csrf[1]}).encode()
            more = f"Cookie: csrftoken={csrf[0]}\r\nX-Forwarded-For: {key}\r\nContent-Length: {len(form)}\r\n"
            more += "Content-Type: application/x-www-form-urlencoded\r\n"
        head = f"{'POST' if csrf else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{more}\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(head.encode() + form)
            answer = b"".join(iter(partial(client.recv, 1 << 16), b""))
        assert answer.startswith(b"HTTP/1.1 200 "), f"{path} svarade {answer[:40]!r}"
        bodies.add(answer.partition(b"\r\n\r\n")[2].replace(key.encode(), b""))
    return bodies


def csrf_of(port: int) -> tuple[str, str]:
    """The cookie and the hidden field, as a browser gets them; and whether keep-alive changes anything."""
    client = HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", SIGN_UP, headers={"Connection": "keep-alive"})
    answer = client.getresponse()
    assert answer.will_close, "servern håller förbindelsen: mät keep-alive för sig"
    found = re.search(
        r"csrftoken=(\w+).*csrfmiddlewaretoken\W+value=\W(\w+)", f"{answer.headers}{answer.read()!r}", re.S
    )
    assert found
    return found[1], found[2]


def web(clients: Executor, port: int) -> None:
    from agreement.models import Accession

    def load(port: int, path: str, requests: int, csrf: tuple[str, str] | None = None) -> Run:
        [expected] = ask(port, path, 8, csrf)  # both workers, the same body

        def all_clients() -> None:
            asked = [clients.submit(ask, port, path, requests // CLIENTS, csrf) for _ in range(CLIENTS)]
            assert set.union(*(one.result() for one in asked)) == {expected}, f"{path} svarade olika"

        return lambda: seconds(all_clients) / requests

    hello_port = free_port()
    with gunicorn("tests.bench:hello", hello_port), gunicorn("botkyrka_civil.wsgi", port):
        runs = {"hälsning": load(hello_port, "/", 1000), "konstant": load(port, "/healthz", 400)}
        runs |= {"listan": load(port, LIST, 80), "anmälan": load(port, SIGN_UP, POSTS, csrf_of(port))}
        times = in_turns(runs)
    assert Accession.objects.filter(state="draft").count() == 8 + (len(times["anmälan"]) + 1) * POSTS, (
        "alla anmälningar sparades inte"
    )
    print("  per sekund:", " · ".join(f"{name} {1 / median(found):.0f}" for name, found in times.items()))
    say("listan med 26 ÷ bar WSGI-hälsning", ratio(times["hälsning"], times["listan"]), least=0.9)
    say("listan med 26 ÷ Djangovy med konstant svar", ratio(times["konstant"], times["listan"]))
    say("anmälan, POST till commit ÷ samma Djangovy", ratio(times["konstant"], times["anmälan"]), least=0.2)


def use(size: int) -> None:
    """Turns to the database with so many organisations on the list; made up from the source data when it is missing."""
    from agreement.models import Accession
    from botkyrka_civil.lib import swedish
    from organisations.models import Organisation

    path = Path(os.environ["VAR_DIR"], f"{size}.sqlite3")
    if not path.exists():
        connection.cursor().execute("VACUUM INTO %s", [str(path)])
    connection.close()
    connection.settings_dict["NAME"] = path
    names = [f"{NAMES[n % 10]} {NAMES[n // 10 % 10]} {n}" for n in range(Organisation.objects.count(), size)]
    rows = [Organisation(name=name, slug=swedish.slug(name), search_text=swedish.fold(name)) for name in names]
    joined = {"state": "joined", "method": "source", "known_from": timezone.localdate()}
    made = Organisation.objects.bulk_create(rows)
    Accession.objects.bulk_create(Accession(organisation=one, **joined) for one in made)


def lists() -> None:
    def run(size: int) -> float:
        use(size)
        with CaptureQueriesContext(connection) as queries:
            answer = Client().get(LIST)  # warms up
        assert f"{size} organisationer" in answer.text
        counted[size] = len(queries)
        return seconds(lambda: [Client().get(LIST) for _ in range(5)])

    counted: dict[int, int] = {}
    times = in_turns({"26": partial(run, 26), "1000": partial(run, 1000)})
    print(f"  frågor till databasen: {counted[26]} med 26, {counted[1000]} med 1 000 (högst 50 på en sida)")
    say("tid för listan med 1 000 ÷ listan med 26", ratio(times["1000"], times["26"]))


def search() -> None:
    from agreement.views import public

    def first_page(words: str) -> list[object]:
        """What the view asks the database for: how many, and fifty of them by name."""
        rows = public._filtered(public.Accession.objects.held_on(timezone.localdate()), words, {})
        rows = rows.select_related("organisation", "version").order_by("organisation__name")
        return list(Paginator(rows, public.PER_PAGE).get_page(1))

    use(10_000)
    assert first_page("ÖRTAGÅRD") == first_page("örtagård") != [] == first_page("ortagard")
    words = ["örtagård", "ÅKRAR", "scouter 77", "finns inte", "kör", "9", "hembygd äppel", "idrott"]
    rounds = []
    for _ in range(5):
        spent = [seconds(partial(first_page, word)) * 1000 for word in words * 12]
        rounds.append(quantiles(spent, n=100, method="inclusive"))
    say("sökning bland 10 000, frågorna, p50", [cuts[49] for cuts in rounds], " ms")
    say("sökning bland 10 000, frågorna, p99", [cuts[98] for cuts in rounds], " ms", most=6)
    whole = [median(seconds(partial(Client().get, LIST, {"q": word})) for word in words) * 1000 for _ in range(5)]
    say("sökning bland 10 000, hela sidan, p50", whole, " ms")


def forms() -> None:
    from django.template.loader import get_template

    from botkyrka_civil.documents import pdf
    from botkyrka_civil.lib import typefaces
    from tests.tools.papers import case

    context, data = case()
    template, design = "agreement/pdf/accession.html", typefaces.folder() / "pdf.css"
    bare = partial(pdf.warm().html, string=get_template(template).render(context), base_url=design.as_uri())
    runs = {
        "ours": lambda: pdf.render(template, context, identifier="K7QF", data=data),
        "bare": lambda: bare().write_pdf(stylesheets=[str(design)]),
    }
    with pikepdf.open(BytesIO(runs["ours"]())) as ours, pikepdf.open(BytesIO(runs["bare"]())) as other:
        assert len(ours.pages) == len(other.pages) and "/AF" in ours.Root and "/StructTreeRoot" not in other.Root
    times = in_turns({name: partial(seconds, run) for name, run in runs.items()})
    say("PDF/A-3a, UA-1 och JSON ÷ naken write_pdf()", ratio(times["ours"], times["bare"]), most=0.75)


def seals() -> None:
    """With RSA-3072, against pyHanko as its own recipe has it."""
    from django.conf import settings
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    from botkyrka_civil.documents import pdf, seal, seal_check, seal_keys
    from botkyrka_civil.lib.env import Seal
    from tests.tools.papers import case

    settings.SEAL = Seal(key=str(settings.VAR / "bench" / "demo-sigill.p12"), password="bench")  # noqa: S106
    seal_keys.make_demo_key(settings.SEAL, "Provköpings kommun")
    context, data = case()
    form = pdf.render("agreement/pdf/accession.html", context, identifier="K7QF", data=data)
    stock = signers.SimpleSigner.load_pkcs12(settings.SEAL.key, passphrase=settings.SEAL.password.encode())
    rights = {"certify": True, "docmdp_permissions": fields.MDPPerm.NO_CHANGES}

    def by_stock() -> bytes:
        meta = signers.PdfSignatureMetadata("Sigill", subfilter=fields.SigSeedSubFilter.PADES, **rights)
        done: BytesIO = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(form)), meta, signer=stock)
        return done.getvalue()

    runs: dict[str, Callable[[], object]] = {"ours": lambda: seal.seal(form), "stock": by_stock}
    assert all(seal_check.look(run()) is not seal_check.Found.UNSEALED for run in runs.values())
    times = in_turns({name: partial(seconds, run) for name, run in runs.items()})
    say("sigill med RSA-3072 ÷ pyHanko som det är", ratio(times["ours"], times["stock"]), most=0.15)


def main() -> None:
    port, start = free_port(), monotonic()
    with TemporaryDirectory(prefix="botkyrka-bench-") as var, ProcessPoolExecutor(CLIENTS, get_context("fork")) as pool:
        list(pool.map(abs, range(CLIENTS * 10)))  # forks before Django has opened anything
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        os.environ.clear()  # no setting of the developer's own shell, and no database of theirs
        os.environ |= kept | {"DJANGO_SETTINGS_MODULE": "botkyrka_civil.settings", "VAR_DIR": var}
        os.environ |= {"SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "127.0.0.1,testserver"}
        os.environ |= {"BASE_URL": f"http://127.0.0.1:{port}", "TRUSTED_PROXIES": "1"}
        os.environ |= {"MAIL_URL": "smtp://127.0.0.1", "MAIL_FROM": "bench@example.org"}  # no worker, so no letters
        django.setup()
        packages = (f"{name} {version(name)}" for name in ("Django", "gunicorn", "WeasyPrint"))
        print("Python", platform.python_version(), "· SQLite", sqlite3.sqlite_version, "·", " · ".join(packages))
        print(
            f"{os.cpu_count()} kärnor. Median (min–max, antal varv) i tur och ordning. Bara kvoter går att jämföra.",
            flush=True,
        )
        call_command("bootstrap")
        wait_for_idle_cpu()
        for part in (partial(web, pool, port), lists, search, forms, seals):
            part()
        connection.close()
    print(f"Klart på {monotonic() - start:.0f} s.")


if __name__ == "__main__":
    main()
