"""Figures for Prometheus: every one stands in `TABLE` with its help and its labels; the registry is passed down.

Labels are words of closed lists (a listener, a route's template, a status), never an id and nothing of a patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what kind, its name (Prometheus adds `_total` to a counter's), what it tells, and its labels."""

    kind: Literal["counter", "gauge", "seconds"]
    name: str
    help: str
    labels: tuple[str, ...] = ()


TABLE: tuple[Figure, ...] = (
    Figure("counter", "outbox_delivered", "Outbox rows tried, by listener and outcome (done, again)",
           ("listener", "outcome")),
    Figure("seconds", "outbox_delay_seconds", "From the moment a row was due until it was taken", ("listener",)),
    Figure("gauge", "bus_up", "1 while the process hears the database's notices, else 0"),
    Figure("gauge", "live_sockets", "Open live connections"),
    Figure("counter", "live_sent", "Messages handed to live connections"),
    Figure("counter", "live_relayed", "Messages that pages show each other in passing, by receiver"),
    Figure("counter", "live_passing_lost", "Of these, let go for a page that reads too slowly"),
    Figure("seconds", "live_delay_seconds", "From an event's writing until it was handed to its channel's readers"),
    Figure("gauge", "messages_waiting", "HL7 messages that wait for a person"),
    Figure("gauge", "outgoing_waiting", "HL7 messages that wait for the system they are for"),
    Figure("gauge", "outgoing_set_aside", "HL7 messages that a system would not take"),
    Figure("gauge", "images_apart", "Images that wait for somebody to say whose they are"),
    Figure("counter", "live_closed", "Live connections closed by us, by reason", ("reason",)),
    Figure("counter", "program_restarts", "Times that a program of ours was started again", ("program",)),
    Figure("gauge", "media_up", "1 while a media server takes requests, else 0", ("server",)),
    Figure("gauge", "turn_up", "1 while the TURN server answers, else 0"),
    Figure("gauge", "scanner_up", "1 while the virus scanner answers, else 0"),
    Figure("gauge", "media_rooms", "Rooms that are open on a media server", ("server",)),
    Figure("gauge", "media_connections", "Connections of devices to a media server", ("server",)),
)  # fmt: skip


class Metrics:
    """The figures of one process; a name that is not in `TABLE`, or other labels than its own, raises at once."""

    def __init__(self, registry: CollectorRegistry | None = None, table: tuple[Figure, ...] = TABLE) -> None:
        self.registry = registry or CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._seconds: dict[str, Histogram] = {}
        for figure in table:
            given = (f"yuanzhen_{figure.name}", figure.help, figure.labels)
            if figure.kind == "counter":
                self._counters[figure.name] = Counter(*given, registry=self.registry)
            elif figure.kind == "gauge":
                self._gauges[figure.name] = Gauge(*given, registry=self.registry)
            else:
                self._seconds[figure.name] = Histogram(*given, buckets=SECONDS, registry=self.registry)

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Adds to a counter."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(by)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Says what a gauge shows now."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Puts one duration into a histogram."""
        histogram = self._seconds[name]
        (histogram.labels(**labels) if labels else histogram).observe(seconds)

    def render(self) -> tuple[bytes, str]:
        """The text of `/metrics` and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
