"""The commands of operations: what they print, and their exit status (0 when all is whole)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations import audit as audits
from yuanzhen.programs.operations import backup as backups
from yuanzhen.programs.operations import passphrase as passphrases
from yuanzhen.programs.operations import restore as restores
from yuanzhen.programs.operations import verify as verifies
from yuanzhen.programs.operations.doctor.finding import LANGUAGES, Language, language_of

Command = Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]]
Adding = Callable[[Any, str, Command, str], argparse.ArgumentParser]

BARE_ROOT = (
    "WARNING: root.key has no passphrase: whoever has this backup can read all of it. Keep it as you keep the home, "
    "or give the root key a passphrase (yuanzhen keys passphrase)."
)


async def backup(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen backup TO`"""
    to = arguments.to.absolute()
    made = await backups.backup(chosen, to, _say)
    if not made.sealed:
        _complain(BARE_ROOT)
    if made.lost:
        _complain(f"backup {to} is there, but {made.lost} objects are lost or damaged in the home (objects.lost)")
        return 1
    _say(f"backup {to}: whole")
    return 0


async def verify(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen verify FROM`"""
    source = arguments.source.absolute()
    report = await asyncio.to_thread(verifies.verify, source, restores.passphrase(chosen), _say)
    for line in (*report.faults, *report.lost):
        _complain(line)
    _say(f"backup {source}: {'whole' if report.whole else 'not whole'}")
    return 0 if report.whole else 1


async def restore(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen restore FROM`"""
    report = await restores.restore(chosen, arguments.source.absolute(), _say)
    for line in report.lost:
        _complain(line)
    _say(f"home {chosen.home}: restored{'' if report.whole else ', but for what was lost before the backup'}")
    return 0 if report.whole else 1


async def audit(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen audit verify`"""
    report = await audits.audit(chosen)
    for finding in report.findings:
        _complain(str(finding))
    if report.broken > len(report.findings):
        _complain(f"and {report.broken - len(report.findings)} more")
    newest = f", newest {report.newest.size} {report.newest.root} at {report.newest.at:%FT%TZ}" if report.newest else ""
    _say(f"trail: {report.rows} rows, {report.heads} heads{newest}: {'whole' if report.whole else 'broken'}")
    return 0 if report.whole else 1


async def doctor(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen doctor`"""
    from yuanzhen.programs.operations.doctor.examine import examine  # loads the whole centre, to say what it lacks

    spoken, failed = language(arguments), False
    async for finding in examine(chosen):
        _say(finding.line(spoken))
        failed |= finding.level == "fail"
    return 1 if failed else 0


async def passphrase(arguments: argparse.Namespace, chosen: Settings) -> int:
    """`yuanzhen keys passphrase`"""
    english = language(arguments) == "en"

    def ask(words: passphrases.Words) -> bytes:
        return passphrases.typed(words[english])

    def wanted() -> bytes | None:
        if arguments.none:
            return None
        return passphrases.given() if arguments.passphrase_stdin else passphrases.chosen_at(ask)

    for words in (await passphrases.change(chosen, ask, wanted)).told():
        _say(words[english])
    return 0


def language(arguments: argparse.Namespace) -> Language:
    """The language of the answer: as `--lang` says, else as the terminal does."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return language_of(getattr(arguments, "lang", None), told)


def add(commands: Any, command: Adding, group: Callable[[str, str], Any]) -> None:
    """Adds these commands to the command line."""
    one = command(commands, "backup", backup, "copies the home to a new folder, also while it serves")
    one.add_argument("to", type=Path, metavar="TO")
    one = command(commands, "verify", verify, "tells whether a backup is whole")
    one.add_argument("source", type=Path, metavar="FROM")
    one = command(commands, "restore", restore, "makes an empty home from a backup")
    one.add_argument("source", type=Path, metavar="FROM")
    one = command(commands, "doctor", doctor, "looks at all that the home stands on, and changes nothing")
    one.add_argument("--lang", choices=LANGUAGES)
    command(group("audit", "the log of every act"), "verify", audit, "proves that no row was changed or taken out")
    words = "gives the root key another passphrase; the present one is that of YUANZHEN_PASSPHRASE_FILE, or asked for"
    one = command(group("keys", "the home's keys"), "passphrase", passphrase, words)
    new = one.add_mutually_exclusive_group()
    new.add_argument("--passphrase-stdin", action="store_true", help="the new one comes by standard input")
    new.add_argument("--none", action="store_true", help="from now on there is none")
    one.add_argument("--lang", choices=LANGUAGES)


def _say(words: str) -> None:
    print(words, flush=True)


def _complain(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
