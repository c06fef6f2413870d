"""A real centre in a process of its own, its command line, and people who log in to it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyotp

BIN = Path(sys.executable).parent
PASSWORD = "a long enough passphrase"
FRESH_S = 200  # a signature wants a factor of the last five minutes
READY_S = 240  # a whole region on a busy machine


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass
class Center:
    """`yuanzhen serve` on one home; `start` again after `kill`."""

    home: Path
    settings: dict[str, str]
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, home: Path, **settings: str) -> Center:
        names = ("PORT", "HTTPS_PORT", "DICOM_PORT", "MLLP_PORT")
        ports = {f"YUANZHEN_{name}": str(port) for name, port in zip(names, free_ports(4), strict=True)}
        return cls(home, {**ports, "YUANZHEN_TURN_PORT": "0", **settings})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['YUANZHEN_PORT']}"

    def port(self, name: str) -> int:
        return int(self.settings[f"YUANZHEN_{name.upper()}_PORT"])

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("YUANZHEN_")}
        return {**inherited, **self.settings, "YUANZHEN_HOME": str(self.home)}

    def start(self, *command: str, program: Sequence[str | Path] = (BIN / "yuanzhen",)) -> Center:
        """Starts `serve` (or another command) and waits for its line `ready`; `program` runs it in another's place."""
        log = (self.home.parent / f"{self.home.name}.log").open("a")
        self.process = subprocess.Popen(
            [*program, *(command or ("serve",))],
            env=self.environment(), stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + READY_S
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("ready "):
                return self
            assert time.monotonic() < deadline, "not ready in time"
        raise AssertionError(f"it ended with {self.process.wait()} before it was ready; see {log.name}")

    def stop(self) -> int:
        """A clean stop; its exit status."""
        return self._ended(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`; returns when the process is gone."""
        self._ended(signal.SIGKILL)

    def ended(self) -> int:
        """Waits for an end that was ordered elsewhere; its exit status."""
        return self._ended(None)

    def _ended(self, number: signal.Signals | None) -> int:
        assert self.process is not None
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return status

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """One command of the command line."""
        return subprocess.run(
            [BIN / "yuanzhen", *words], env=self.environment(), input=given, capture_output=True, text=True,
            timeout=READY_S,
        )  # fmt: skip

    def told(self, *words: str, given: str = "") -> dict[str, Any]:
        """The JSON that a command prints."""
        done = self.run(*words, given=given)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def user(self, name: str, role: str, institution: str, *more: str) -> Person:
        """Somebody with a final password, who can log in."""
        words = ("user", "add", name, "--role", role, "--institution", institution, "--password-stdin", *more)
        added = self.told(*words, given=PASSWORD + "\n")
        return Person(self.url, name, added["id"], added["totp_secret"])

    def machine(self, scope: str = "system/*.*", *more: str) -> httpx.Client:
        """A client of a machine with a bearer token."""
        added = self.told("client", "add", f"machine {scope}", "--scope", scope, *more)
        auth = (added["client_id"], added["client_secret"])
        token = httpx.post(
            f"{self.url}/auth/token", data={"grant_type": "client_credentials", "scope": scope}, auth=auth
        ).json()["access_token"]
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@dataclass
class Person:
    """A person over HTTP, logged in at first use."""

    url: str
    name: str
    id: str
    totp_secret: str
    password: str = PASSWORD
    _client: httpx.Client | None = None
    _shown_s: float = 0

    @property
    def http(self) -> httpx.Client:
        """The person's browser: cookie and csrf value with every request."""
        if self._client is None:
            self._client = self.login()
            self._shown_s = time.monotonic()  # to this browser: one more shows a factor of its own
        return self._client

    def code(self, *, ahead: int = 0) -> str:
        """The one-time code of this moment, or `ahead` steps later (a code is good once)."""
        return pyotp.TOTP(self.totp_secret).at(int(time.time()) + 30 * ahead)

    def login(self, *, ahead: int = 0) -> httpx.Client:
        """One more browser of theirs."""
        client = httpx.Client(base_url=self.url, timeout=30)
        first = client.post("/auth/login", json={"name": self.name, "password": self.password})
        assert first.json() == {"next": "factor"}, first.text
        second = client.post("/auth/factor", json={"kind": "totp", "code": self.code(ahead=ahead)})
        assert second.status_code == 200, second.text
        client.headers["X-CSRF-Token"] = second.json()["csrf"]
        return client

    def show_factor(self) -> None:
        """Shows a factor again when the last one will soon be too old to sign with."""
        if self.http and time.monotonic() - self._shown_s > FRESH_S:
            answer = self.http.post("/auth/factor", json={"kind": "totp", "code": self.code()})
            self._shown_s = time.monotonic() if answer.status_code == 200 else self._shown_s


@contextmanager
def served(home: Path, **settings: str) -> Iterator[Center]:
    """A centre that runs as long as the block."""
    center = Center.at(home, **settings).start()
    try:
        yield center
    finally:
        if center.process is not None:
            center.stop()
