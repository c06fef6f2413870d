"""Structured logs: a constant event, keyword ids, one JSON object a line on standard error.

Never a patient's name, words or values: `log.info("path_switched", session=s.id, rtt_ms=rtt)`. What libraries and the
interpreter have to say is written in the same way, by its kind and place: their words may quote what they were given.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("yuanzhen")

STDERR = 2
MOST_FRAMES = 8  # of an error that nobody caught, the innermost


def configure(level: str = "INFO") -> None:
    """Sends our own events as JSON lines to standard error, and what libraries say from WARNING up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=Lines(STDERR)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)
    warnings.showwarning = _warned
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread


class Lines:
    """Writes whole lines to a descriptor. One that cannot be written is lost and counted, and nobody's work fails:
    the disk under a log may be full, its reader gone.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lost = 0

    def write(self, text: str) -> None:
        """Takes one line; tells before it how many were lost, when there were some."""
        lost, self._lost = self._lost, 0
        told = f'{{"event": "log_lines_lost", "level": "warning", "lines": {lost}}}\n' if lost else ""
        left = (told + text).encode(errors="backslashreplace")
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            self._lost += lost + 1

    def flush(self) -> None:
        """Nothing waits here."""


def places(trace: TracebackType | None) -> list[str]:
    """Where an error went through, `file:line`, the innermost last."""
    frames = traceback.extract_tb(trace)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-MOST_FRAMES:]]


class _Libraries(logging.Handler):
    """A library's record: who, where, and the kind of the error; none of its words."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes it as an event of ours."""
        facts: dict[str, Any] = {"library": record.name, "at": f"{record.filename}:{record.lineno}"}
        if record.exc_info and record.exc_info[0] is not None:
            facts |= {"error": record.exc_info[0].__name__, "through": places(record.exc_info[2])}
        (log.error if record.levelno >= logging.ERROR else log.warning)("library_said", **facts)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("library_warned", kind=category.__name__, at=f"{Path(filename).name}:{lineno}")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.error("uncaught", error=kind.__name__, through=places(trace))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        log.error("uncaught_in_thread", error=told.exc_type.__name__, through=places(told.exc_traceback))


def _unraisable(told: Any) -> None:
    log.error("uncaught_at_end", error=told.exc_type.__name__, through=places(told.exc_traceback))
