"""Brings what is missing, step by step: `python3 -m scripts.setup [--long]`. Run twice, the second does nothing."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.setup import debian, fhir, pages, python, sm4
from scripts.setup.ground import STATE, SetupFailed, Took, say


def main() -> int:
    """Runs the steps in order; 1 when one fails that the rest cannot do without."""
    long = "--long" in sys.argv[1:]
    took = Took()
    try:
        with _alone():
            python.environment()
            python.wheels()
            python.project()
            fhir.definitions()
            fhir.client()
            if long:
                fhir.validators()
            debian.packages(long)
            debian.ct_volume()
            sm4.ciphers()
            pages.description()
            pages.pages()
    except SetupFailed as failure:
        say("FAILED", str(failure))
        return 1
    say("ready", f"({took})")
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time in this folder: a second one waits for the first."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting", "for another set-up in this folder")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
