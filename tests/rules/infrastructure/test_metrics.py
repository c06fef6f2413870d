"""Figures stand in one table; what is not in it cannot be counted."""

import pytest

from yuanzhen.infrastructure.metrics import TABLE, Metrics

IDENTIFYING = {"patient", "person", "name", "user", "id", "path", "channel"}


def test_a_figure_is_rendered_with_its_help_and_labels() -> None:
    metrics = Metrics()
    metrics.count("outbox_delivered", listener="hl7", outcome="done")
    metrics.count("outbox_delivered", by=2, listener="hl7", outcome="again")
    metrics.set("bus_up", 1)
    metrics.observe("outbox_delay_seconds", 0.004, listener="hl7")
    page, kind = metrics.render()
    text = page.decode()
    assert kind.startswith("text/plain")
    assert "# HELP yuanzhen_outbox_delivered_total Outbox rows tried, by listener and outcome (done, again)" in text
    assert 'yuanzhen_outbox_delivered_total{listener="hl7",outcome="again"} 2.0' in text
    assert 'yuanzhen_outbox_delay_seconds_bucket{le="0.005",listener="hl7"} 1.0' in text
    assert "yuanzhen_bus_up 1.0" in text


def test_two_processes_in_one_do_not_share_figures() -> None:
    one, other = Metrics(), Metrics()
    one.count("live_sent")
    assert b"yuanzhen_live_sent_total 0.0" in other.render()[0]


def test_a_figure_or_a_label_that_is_not_in_the_table_raises() -> None:
    with pytest.raises(KeyError):
        Metrics().count("hopes")
    with pytest.raises(ValueError, match="label"):
        Metrics().count("outbox_delivered", patient="p1")


def test_no_label_names_a_person_or_a_thing_of_one() -> None:
    assert not {label for figure in TABLE for label in figure.labels} & IDENTIFYING
