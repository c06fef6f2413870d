"""`yuanzhen`: what can be started and said from the command line; beside a running `serve` or alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import uvloop

from yuanzhen.applications.administration import service as administration
from yuanzhen.data.exchange.hl7v2 import dialects
from yuanzhen.infrastructure import clock, log, settings
from yuanzhen.infrastructure.db import embedded
from yuanzhen.infrastructure.errors import Problem, Unavailable
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs import home
from yuanzhen.programs.demo.kept import say_code
from yuanzhen.programs.home import SETUP, Home
from yuanzhen.programs.operations import commands as operations
from yuanzhen.programs.operations.doctor.finding import called
from yuanzhen.programs.operations.restore import check_finished
from yuanzhen.security.identity import people, recovery
from yuanzhen.security.identity.model import RECOVERY_LIFE
from yuanzhen.security.identity.peers import Peer
from yuanzhen.security.identity.people import NewPerson

Command = Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]]
LATER = {
    "web": "one process each comes later; `yuanzhen serve` is all in one",
    "gateway": "one process each comes later; `yuanzhen serve` is all in one",
    "worker": "one process each comes later; `yuanzhen serve` is all in one",
    "device": "devices come with telemonitoring",
    "edge": "the edge node comes later",
    "witness": "the witness comes later",
}
ON_UNFINISHED = ("restore", "verify", "doctor")  # what may be asked of a home whose restore has not ended


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a problem is told on standard error with its place and rule, exit 1 (2: not built yet)."""
    arguments = parser().parse_args(argv)
    if arguments.command in LATER:
        print(f"yuanzhen {arguments.command}: {LATER[arguments.command]}", file=sys.stderr)
        return 2
    try:
        chosen = settings.read(os.environ, _flags(arguments))
        log.configure(chosen.log_level)
        if arguments.command not in ON_UNFINISHED:
            check_finished(chosen.home)
        run: Command = arguments.run
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(run(arguments, chosen))
    except Problem as problem:
        return _told_problem(problem, arguments)
    except OSError as error:  # a file where a folder should be, a folder that may not be written
        place = str(error.filename) if error.filename else None
        return _told_problem(Unavailable("machine.failed", place=place, error=error.strerror), arguments)


def _told_problem(problem: Problem, arguments: argparse.Namespace) -> int:
    facts = {name: fact for name, fact in problem.facts.items() if name != "faults"}  # these have lines of their own
    print(f"yuanzhen: {Problem(problem.code, place=problem.place, **facts)}", file=sys.stderr)
    print(f"  {called(problem, operations.language(arguments))}", file=sys.stderr)
    for fault in problem.facts.get("faults") or []:  # type: ignore[union-attr]
        print(f"  {fault}", file=sys.stderr)
    return 1


def _flags(arguments: argparse.Namespace) -> dict[str, str | None]:
    return {row.field: value for row in settings.TABLE if (value := getattr(arguments, row.field, None)) is not None}


# The whole centre takes longer to load than most commands to run, so it comes with those that run it.


async def serve(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen serve`"""
    from yuanzhen.programs import serving

    await serving.serve(chosen)
    return 0


async def demo(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen demo`: the centre with a small region; `yuanzhen demo code NAME`: a person's present one-time code."""
    if arguments.act == "code":
        print(say_code(chosen.home, arguments.name, clock.now()))
        return 0
    from yuanzhen.programs import serving

    await serving.demo(chosen)
    return 0


async def add_institution(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen institution add`"""

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            parent = arguments.parent or await people.home_institution(tx)
            return {"id": await administration.add_institution(tx, arguments.name, arguments.level, parent)}

    return await _told(chosen, work)


async def add_department(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen department add`"""

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            return {"id": await administration.add_department(tx, arguments.name, arguments.institution)}

    return await _told(chosen, work)


async def add_user(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen user add`: the password comes by standard input, final; TOTP is enrolled."""
    password = sys.stdin.readline().rstrip("\n")
    new = NewPerson(
        arguments.name,
        arguments.role,
        arguments.institution,
        tuple(arguments.department or ()),
        arguments.patient or "",
        arguments.display or "",
        password,
    )

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            added = await administration.add_user(tx, opened.identity, new)
        return {"id": added.id, "totp_secret": added.totp_secret}

    return await _told(chosen, work)


async def recover_user(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen user recover`: a code with which the person sets a new password, told this once."""

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            code = await recovery.issue_to(tx, opened.identity, arguments.name, factor=arguments.lost_factor)
        return {"code": code, "good_for_s": int(RECOVERY_LIFE.total_seconds())}

    return await _told(chosen, work)


async def add_client(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen client add`"""

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            institution = arguments.institution or await people.home_institution(tx)
            added = await administration.add_client(
                tx, opened.identity, arguments.name, arguments.scope, institution or ""
            )
        return {"client_id": added.client_id, "client_secret": added.client_secret}

    return await _told(chosen, work)


async def add_peer(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen peer add`"""
    peer = Peer(
        id=new_id(),
        name=arguments.name,
        institution=arguments.institution,
        hl7_facility=arguments.hl7_facility or "",
        charset=arguments.charset or "",
        hl7_to=arguments.hl7_to or "",
        sends=tuple(part for part in (arguments.send or "").split(",") if part),
        ae=arguments.ae or "",
        dicom_to=arguments.dicom_to or "",
        plain=arguments.plain,
        dialect=arguments.dialect,
    )

    async def work(opened: Home) -> dict[str, Any]:
        async with opened.db.verb(SETUP) as tx:
            return {"id": await administration.add_peer(tx, peer)}

    return await _told(chosen, work)


async def database_url(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen database-url`: the application role's DSN of a home that runs."""
    root = home.open_root(chosen)
    server = None if chosen.database_url else embedded.running(chosen.home)
    if server is None and not chosen.database_url:
        raise Unavailable("home.not_running", place=str(chosen.home), rule="yuanzhen serve")
    print(home.application_dsn(chosen, root, server))
    return 0


async def _told(chosen: Settings, work: Callable[[Home], Awaitable[dict[str, Any]]]) -> int:
    async with home.opened(chosen) as opened:
        _say_first(opened)
        print(json.dumps(await work(opened), ensure_ascii=False))
    return 0


def _say_first(opened: Home) -> None:
    """A command may be a home's first start: its officer's password is shown then, beside the answer."""
    if opened.first is not None:
        print(f"first start: {opened.first.officer} {opened.first.one_time_password}", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments (see docs/operations.md)."""
    top = argparse.ArgumentParser(prog="yuanzhen", description="远诊 Yuanzhen: telemedicine for a city and its region")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(parent: Any, name: str, run: Command, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        for row in settings.TABLE:
            made.add_argument("--" + row.field.replace("_", "-"), dest=row.field, help=argparse.SUPPRESS)
        return made

    def group(name: str, text: str) -> Any:
        return commands.add_parser(name, help=text).add_subparsers(dest="act", required=True, metavar="ACT")

    command(commands, "serve", serve, "runs the centre")
    one = command(commands, "demo", demo, "runs the centre with a small region")
    acts = one.add_subparsers(dest="act", metavar="ACT")
    one.set_defaults(act=None)
    command(acts, "code", demo, "a demo person's present one-time code").add_argument("name")
    command(commands, "database-url", database_url, "prints the application role's DSN")
    one = command(group("institution", "the houses of the region"), "add", add_institution, "adds an institution")
    one.add_argument("name")
    one.add_argument("--level", required=True, choices=["city", "county", "township", "branch"])
    one.add_argument("--parent")
    one = command(group("department", "the departments of a house"), "add", add_department, "adds a department")
    one.add_argument("name")
    one.add_argument("--institution", required=True)
    users = group("user", "who can log in")
    one = command(users, "add", add_user, "adds a person")
    one.add_argument("name")
    for name, needed in (("--role", True), ("--institution", True), ("--patient", False), ("--display", False)):
        one.add_argument(name, required=needed)
    one.add_argument("--department", action="append")
    one.add_argument("--password-stdin", action="store_true", required=True)
    one = command(users, "recover", recover_user, "a code with which somebody sets a new password")
    one.add_argument("name")
    one.add_argument("--lost-factor", action="store_true", help="the next log-in enrols a new one")
    one = command(group("client", "machine clients"), "add", add_client, "adds a machine client")
    one.add_argument("name")
    one.add_argument("--scope", required=True)
    one.add_argument("--institution")
    one = command(group("peer", "enrolled systems"), "add", add_peer, "enrols a system")
    one.add_argument("name")
    one.add_argument("--institution", required=True)
    for name in ("--hl7-facility", "--charset", "--hl7-to", "--send", "--ae", "--dicom-to"):
        one.add_argument(name)
    one.add_argument("--plain", action="store_true")
    one.add_argument("--dialect", default=dialects.DEFAULT, choices=dialects.names())
    operations.add(commands, command, group)
    for name, text in LATER.items():
        commands.add_parser(name, help=text, add_help=False).add_argument("rest", nargs="*")
    return top


if __name__ == "__main__":
    sys.exit(main())
