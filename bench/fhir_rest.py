"""FHIR create, read and search over a million Observations: requests a second and core of the web process.

A real centre in a process of its own, asked over HTTP by a machine client: log-in, scopes, row-level security,
validation and trail in it. The reference is a bare ASGI application on the same uvicorn that writes and reads the same
JSON by bare asyncpg as the superuser, who passes row-level security: one table, one statement a request. The CPU of
each web process is read from the system, and PostgreSQL's beside it, in microseconds a request. One JSON line each;
`ratio` is ours over the reference's. The argument says how many Observations there are, a million if it is left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import uvicorn

from fhir_search import HAND, MANY, MINUTE, OBSERVATION, STARTS, asked, fill

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.make import inside
from tests.make.center import Center, free_ports
from tests.make.spent import alone_s, postgres_s
from yuanzhen.data.records import parameters

COUNT, IN_FLIGHT = 3000, 16
WARM_UP = 300
GOALS = {"create": (0.6, 2500), "read": (0.5, 2500), "search": (0.6, 1500)}
JSON_HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
BODY = json.dumps({name: value for name, value in OBSERVATION.items() if name != "id"}).encode()
READ = "SELECT content FROM records.resource WHERE type = 'Observation' AND id = $1"

Ask = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


class Spent(NamedTuple):
    """CPU microseconds of one request."""

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


async def cost(client: httpx.AsyncClient, ask: Ask, pid: int, postmaster: int) -> Spent:
    """Asks COUNT times, IN_FLIGHT at once."""

    async def run(numbers: Iterator[int]) -> None:
        for n in numbers:
            answer = await ask(client, n)
            answer.raise_for_status()

    async def all_of(first: int, count: int) -> None:
        numbers = iter(range(first, first + count))
        await asyncio.gather(*(run(numbers) for _ in range(IN_FLIGHT)))

    await all_of(0, WARM_UP)
    web, postgres = alone_s(pid), postgres_s(postmaster)
    await all_of(WARM_UP, COUNT)
    return Spent((alone_s(pid) - web) / COUNT * 1e6, (postgres_s(postmaster) - postgres) / COUNT * 1e6)


OURS: dict[str, Ask] = {
    "create": lambda client, n: client.post("/fhir/R4/Observation", content=BODY),
    "read": lambda client, n: client.get(f"/fhir/R4/Observation/o{n * 7919 % MANY}"),
    "search": lambda client, n: client.get("/fhir/R4/Observation", params=_criteria(n)),
}
BARE: dict[str, Ask] = {
    "create": lambda client, n: client.post("/o", content=BODY),
    "read": lambda client, n: client.get(f"/o/o{n * 7919 % MANY}"),
    "search": lambda client, n: client.get("/find?{}&{}".format(*asked(n))),
}


def _criteria(n: int) -> dict[str, str]:
    patient, code = asked(n)
    return {"patient": patient, "code": f"http://loinc.org|{code}", "date": "ge2024"}


async def measure(center: Center, dsn: str, token: str) -> None:
    """One line for each of the three, ours and the reference in turn."""
    assert center.process is not None
    postmaster = inside.postmaster(center.home)
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    headers = {**JSON_HEADERS, "Authorization": f"Bearer {token}"}
    with reference(dsn) as (address, pid):
        async with (
            httpx.AsyncClient(base_url=center.url, headers=headers, limits=limits, timeout=60) as ours,
            httpx.AsyncClient(base_url=address, headers=JSON_HEADERS, limits=limits, timeout=60) as theirs,
        ):
            for what, (ratio, per_core) in GOALS.items():
                bare_cost = await cost(theirs, BARE[what], pid, postmaster)
                our_cost = await cost(ours, OURS[what], center.process.pid, postmaster)
                line = {
                    "figure": f"fhir_{what}", "value": round(1e6 / our_cost.web), "unit": "requests/s and core",
                    "reference": round(1e6 / bare_cost.web), "reference_is": "bare ASGI and asyncpg",
                    "ratio": round(bare_cost.web / our_cost.web, 3), "goal": ratio, "aim": per_core, "rows": MANY,
                    "postgres_us": round(our_cost.postgres), "reference_postgres_us": round(bare_cost.postgres),
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
