"""`make run`: everything that the portal needs, in one terminal, until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
from time import sleep
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from botkyrka_civil.accounts import roles
from botkyrka_civil.lib import env

HOST = "127.0.0.1"
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
PATIENCE = 15  # seconds for a process to end by itself
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Förbereder databasen och kör webbservern och brevbäraren tills du trycker Ctrl-C. PORT väljer port."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        port = free_port()
        address = f"http://{HOST}:{port}"
        # Settings read BASE_URL when they are imported, so all that knows it runs in processes of its own.
        self.environment = {"BASE_URL": address, **os.environ}
        self.children: list[subprocess.Popen[bytes]] = []
        for number in ENDS:
            signal.signal(number, interrupt)
        try:
            self._run(address, port)
        except KeyboardInterrupt:
            self._say("Avslutar.")
        finally:
            self._end_children()

    def _run(self, address: str, port: int) -> None:
        self._say("Förbereder databasen och sidans filer. Första gången tar det en stund.")
        if subprocess.run([*MANAGE, "bootstrap"], env=self.environment, check=False).returncode:  # noqa: S603
            raise CommandError("Förberedelserna misslyckades. Läs raderna ovanför.")
        self._start([*MANAGE, "worker"])
        self._start(
            [sys.executable, "-m", "gunicorn", "botkyrka_civil.wsgi", "--bind", f"{HOST}:{port}", "--workers", "2"]
            + ["--log-level", "warning", "--no-control-socket"]
        )
        self._wait_until_it_answers(port)
        self._welcome(address)
        self._watch()

    def _start(self, command: list[str]) -> None:
        self.children.append(subprocess.Popen(command, env=self.environment, cwd=settings.BASE_DIR))  # noqa: S603

    def _wait_until_it_answers(self, port: int) -> None:
        while not answers(port):
            self._check_children()
            sleep(0.2)

    def _watch(self) -> None:
        while True:
            self._check_children()
            sleep(0.5)

    def _check_children(self) -> None:
        if any(child.poll() is not None for child in self.children):
            raise CommandError("En av processerna slutade. Läs raderna ovanför. Allt avslutas.")

    def _welcome(self, address: str) -> None:
        self._say(f"Portalen      {address}/")
        if settings.DEMO:
            accounts = roles.demo_emails()
            self._say(f"Handläggning  {address}/admin/  logga in med {accounts[0]}, lösenord {roles.DEMO_PASSWORD}")
            self._say(f"Fler konton   {' · '.join(accounts[1:])} (samma lösenord)")
            self._say(f"Breven        {address}/demo/utkorg/")
        self._say("Avsluta       Ctrl-C. Allt du gör sparas till nästa gång.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _end_children(self) -> None:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()


def interrupt(*args: Any) -> NoReturn:
    raise KeyboardInterrupt


def free_port() -> int:
    try:
        port = env.number("PORT", 8000, least=1)
    except env.WrongSetting as error:
        raise CommandError(str(error)) from None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            raise CommandError(f"PORT är {port}, men en port är högst 65535.") from None
        except PermissionError:
            raise CommandError(f"Port {port} får bara root använda. Välj en annan: PORT=8123 make run") from None
        except OSError:
            raise CommandError(f"Port {port} är upptagen. Välj en annan: PORT=8123 make run") from None
    return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
