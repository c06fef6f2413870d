"""FHIR create, read and search over a million Observations: requests a second and core of the web process.

A real centre in a process of its own, asked over HTTP by a machine client: log-in, scopes, row-level security,
validation and trail in it. The reference is a bare ASGI application on the same uvicorn that writes and reads the same
JSON by bare asyncpg as the superuser, who passes row-level security: one table, one statement a request. The CPU of
each web process is read from the system, and PostgreSQL's beside it, in microseconds a request. Both are asked in turn,
a few hundred requests each time, by a client that costs less than they do: with one that costs more, hardly two
requests are under way at once, however many it would send. One JSON line each; `ratio` is ours over the reference's.
The argument says how many Observations there are, a million if it is left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import asyncpg
import httpx
import uvicorn

from fhir_search import HAND, MANY, MINUTE, OBSERVATION, STARTS, asked, fill

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make import inside
from tests.make.center import Center, free_ports
from tests.make.spent import alone_s, postgres_s
from yuanzhen.data.records import parameters

ROUNDS, COUNT, IN_FLIGHT = 10, 300, 16
WARM_UP = 300
GOALS = {"create": (0.6, 2500), "read": (0.5, 2500), "search": (0.6, 1500)}
JSON_HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
BODY = json.dumps({name: value for name, value in OBSERVATION.items() if name != "id"}).encode()
READ = "SELECT content FROM records.resource WHERE type = 'Observation' AND id = $1"

Ask = Callable[[int], tuple[str, str, bytes]]  # method, path, body of the nth request


class Spent(NamedTuple):
    """CPU seconds."""

    web: float
    postgres: float


# ---- the reference


def bare(dsn: str) -> Any:
    """POST /o writes one row, GET /o/ID reads one, GET /find?PATIENT&CODE answers those that the record would."""
    pool: asyncpg.Pool | None = None
    paths = [parameters.number("Observation", [name]) for name in ("subject", "code", "effectiveDateTime")]

    async def answered(method: str, path: str, query: str, body: bytes) -> bytes:
        assert pool is not None
        if method == "POST":
            id = os.urandom(16).hex()
            await pool.execute("INSERT INTO public.bare VALUES ($1, $2)", id, body.decode())
            return b'{"id":"%b"}' % id.encode()
        if path.startswith("/o/"):
            text = await pool.fetchval(
                "SELECT content FROM records.resource WHERE type = 'Observation' AND id = $1", path[3:]
            )
            return str(text).encode()
        patient, code = query.split("&")
        rows = await pool.fetch(HAND, paths[0], patient, paths[1], code, paths[2], STARTS + 365 * 24 * 60 * MINUTE)
        return b'{"resourceType":"Bundle","entry":[' + b",".join(str(row[0]).encode() for row in rows) + b"]}"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal pool
        if scope["type"] != "http":
            return
        if pool is None:
            pool = await asyncpg.create_pool(dsn, min_size=1, max_size=10)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        told = await answered(scope["method"], scope["path"], scope["query_string"].decode(), body)
        headers = [(b"content-type", b"application/fhir+json"), (b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    return app


@contextmanager
def reference(dsn: str) -> Iterator[tuple[str, int]]:
    """The bare application in a process of its own: its address and its process."""
    (port,) = free_ports(1)
    pid = os.fork()
    if pid == 0:
        uvicorn.run(bare(dsn), host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")
        os._exit(0)
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/o/o1")
                break
            except httpx.TransportError:
                pass
        yield f"http://127.0.0.1:{port}", pid
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


# ---- what it costs


class Asked:
    """A server, asked by so many connections at once as shall be in flight."""

    def __init__(self, address: str, pid: int, asks: dict[str, Ask], headers: dict[str, str]) -> None:
        told = urlsplit(address)
        self._place = (told.hostname, told.port)
        self._head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": told.netloc, **headers}.items())
        self._asks = asks
        self._pid = pid
        self._lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._said = 0
        self.spent = Spent(0, 0)

    async def some(self, what: str, count: int, postmaster: int) -> None:
        """Asks `count` times more and adds what that cost to `spent`."""
        while len(self._lines) < IN_FLIGHT:
            self._lines.append(await asyncio.open_connection(*self._place))
        numbers = iter(range(self._said, self._said + count))
        self._said += count
        web, postgres = alone_s(self._pid), postgres_s(postmaster)
        await asyncio.gather(*(self._run(*line, what, numbers) for line in self._lines))
        web, postgres = alone_s(self._pid) - web, postgres_s(postmaster) - postgres
        self.spent = Spent(self.spent.web + web, self.spent.postgres + postgres)

    def close(self) -> None:
        """Ends the connections."""
        for _, writer in self._lines:
            writer.close()

    async def _run(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: str, numbers: Iterator[int]
    ) -> None:
        for n in numbers:
            method, path, body = self._asks[what](n)
            head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(told.partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if told[9:10] != b"2":
                raise RuntimeError(answer)


OURS: dict[str, Ask] = {
    "create": lambda n: ("POST", "/fhir/R4/Observation", BODY),
    "read": lambda n: ("GET", f"/fhir/R4/Observation/o{n * 7919 % MANY}", b""),
    "search": lambda n: ("GET", f"/fhir/R4/Observation?{_criteria(n)}", b""),
}
BARE: dict[str, Ask] = {
    "create": lambda n: ("POST", "/o", BODY),
    "read": lambda n: ("GET", f"/o/o{n * 7919 % MANY}", b""),
    "search": lambda n: ("GET", "/find?{}&{}".format(*asked(n)), b""),
}


def _criteria(n: int) -> str:
    patient, code = asked(n)
    return urlencode({"patient": patient, "code": f"http://loinc.org|{code}", "date": "ge2024"})


async def measure(center: Center, dsn: str, token: str) -> None:
    """One line for each of the three, ours and the reference in turn."""
    assert center.process is not None
    postmaster = inside.postmaster(center.home)
    headers = {**JSON_HEADERS, "Authorization": f"Bearer {token}"}
    with reference(dsn) as (address, pid):
        for what, (ratio, per_core) in GOALS.items():
            ours = Asked(center.url, center.process.pid, OURS, headers)
            theirs = Asked(address, pid, BARE, JSON_HEADERS)
            for each in (theirs, ours):
                await each.some(what, WARM_UP, postmaster)
                each.spent = Spent(0, 0)
            for _ in range(ROUNDS):
                await theirs.some(what, COUNT, postmaster)
                await ours.some(what, COUNT, postmaster)
            for each in (theirs, ours):
                each.close()
            (web, postgres), (bare_web, bare_postgres) = ours.spent, theirs.spent
            line = {
                "figure": f"fhir_{what}", "value": round(ROUNDS * COUNT / web), "unit": "requests/s and core",
                "reference": round(ROUNDS * COUNT / bare_web), "reference_is": "bare ASGI and asyncpg",
                "ratio": round(bare_web / web, 3), "goal": ratio, "aim": per_core, "rows": MANY,
                "postgres_us": round(postgres / ROUNDS / COUNT * 1e6),
                "reference_postgres_us": round(bare_postgres / ROUNDS / COUNT * 1e6),
            }  # fmt: skip
            print(json.dumps(line), flush=True)


async def filled(dsn: str) -> None:
    """A million Observations in the centre's record, and the reference's table."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE public.bare (id text PRIMARY KEY, content text NOT NULL)")
    await connection.execute("ALTER TABLE records.resource DISABLE TRIGGER USER")
    await fill(connection)
    await connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        center = Center.at(Path(folder) / "home").start()
        try:
            client = json.loads(center.run("client", "add", "bench", "--scope", "system/*.*").stdout)
            given = {
                "grant_type": "client_credentials",
                "client_id": client["client_id"],
                "client_secret": client["client_secret"],
            }
            token = httpx.post(f"{center.url}/auth/token", data=given).json()["access_token"]
            dsn = inside.administrator(center.home)
            asyncio.run(filled(dsn))
            asyncio.run(measure(center, dsn, token))
        finally:
            center.stop()


if __name__ == "__main__":
    main()
