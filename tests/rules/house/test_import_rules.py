"""Rules 1 to 5, each broken on purpose beside a clean twin. Line 1 of every file is its docstring."""

from __future__ import annotations

from itertools import pairwise

import pytest


@pytest.mark.parametrize(
    ("path", "imported", "says"),
    [
        ("doors/paging.py", "yuanzhen.data.records", "doors imports yuanzhen.data.records"),
        ("applications/guidance/service.py", "yuanzhen.programs.cli", "applications imports yuanzhen.programs.cli"),
        ("network/transfer.py", "yuanzhen.data.records", "network imports yuanzhen.data.records"),
        ("collaboration/ring/service.py", "yuanzhen.applications.guidance", "collaboration imports"),
        ("security/policy/relations.py", "yuanzhen.applications.guidance", "security imports"),
    ],
)
def test_an_import_that_points_up_or_beside_is_named_with_its_line(check, path, imported, says):
    found = check({path: f"import {imported}\n", "data/records/store.py": "", "programs/cli.py": ""})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/{path}:")
    assert "rule 1 (imports point down)" in found[0]
    assert says in found[0]


def test_a_room_that_is_not_in_the_house_is_named(check):
    found = check({"cupboard/__init__.py": ""})
    assert found == [
        "src/yuanzhen/cupboard/__init__.py:1: rule 1 (imports point down): there is no room cupboard in the house"
    ]


def test_imports_that_point_down_pass(check):
    assert not check(
        {
            "programs/cli.py": "from yuanzhen.applications.guidance import routes\n",
            "applications/guidance/routes.py": "from yuanzhen.doors import paging\n",
            "doors/paging.py": "from ..infrastructure import errors\n",
            "infrastructure/errors.py": "",
        }
    )


def test_a_relative_import_and_one_for_types_alone_point_down_too(check):
    found = check(
        {
            "infrastructure/ids.py": "from ..data import records\n",
            "security/keys.py": "import typing\nif typing.TYPE_CHECKING:\n    import yuanzhen.data.records\n",
            "data/records/store.py": "",
        }
    )
    assert [line.split(": ")[0] for line in found] == [
        "src/yuanzhen/infrastructure/ids.py:2",
        "src/yuanzhen/security/keys.py:4",
    ]


def test_an_application_sees_of_its_equals_only_their_events(check):
    found = check(
        {
            "applications/guidance/jobs.py": "from yuanzhen.applications.consultation import events, service\n",
            "applications/consultation/events.py": "",
            "applications/consultation/service.py": "",
        }
    )
    assert found == [
        "src/yuanzhen/applications/guidance/jobs.py:2: rule 2 (equals meet at events): "
        "applications.guidance.jobs imports yuanzhen.applications.consultation.service"
    ]


def test_a_collaboration_sees_of_its_equals_only_their_events(check):
    files = {"collaboration/calendar/service.py": "", "collaboration/calendar/events.py": ""}
    ring = "collaboration/ring/service.py"
    assert not check({ring: "from yuanzhen.collaboration.calendar.events import Booked\n", **files})
    assert "rule 2" in check({ring: "from yuanzhen.collaboration.calendar.service import book\n", **files})[0]


def test_the_upper_tier_calls_the_services_of_the_lower_and_nothing_else_of_it(check):
    lower = {"applications/consultation/service.py": "", "applications/consultation/store.py": ""}
    upper = "applications/management/service.py"
    assert not check({upper: "from yuanzhen.applications.consultation import service\n", **lower})
    found = check({upper: "from yuanzhen.applications.consultation import store\n", **lower})
    assert len(found) == 1
    assert "rule 2" in found[0]


def test_the_lower_tier_calls_no_service_of_the_upper(check):
    found = check(
        {
            "applications/consultation/jobs.py": "from yuanzhen.applications.management import service\n",
            "applications/management/service.py": "",
        }
    )
    assert [line.split(":")[2].strip() for line in found] == ["rule 2 (equals meet at events)"]


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("events", "model"),
        ("model", "store"),
        ("store", "publish"),
        ("publish", "access"),
        ("access", "service"),
        ("service", "routes"),
        ("routes", "jobs"),
    ],
)
def test_inside_an_application_the_lower_file_never_imports_the_upper(check, lower, upper):
    folder = "applications/teaching"
    found = check({f"{folder}/{lower}.py": f"from . import {upper}\n", f"{folder}/{upper}.py": ""})
    assert found == [
        f"src/yuanzhen/{folder}/{lower}.py:2: rule 3 (order inside an application): "
        f"{lower} comes to yuanzhen.applications.teaching.{upper}, which stands above or beside it"
    ]


def test_inside_an_application_the_upper_file_imports_the_lower(check):
    files = ["events", "model", "store", "access", "service", "routes"]
    folder = "collaboration/room"
    tree = {f"{folder}/{upper}.py": f"from . import {lower}\n" for lower, upper in pairwise(files)}
    assert not check({f"{folder}/events.py": "", **tree})


def test_another_file_between_does_not_hide_the_order(check):
    found = check(
        {
            "applications/teaching/store.py": "import os\nfrom .helping import rows\n",
            "applications/teaching/helping.py": "from .service import open\n",
            "applications/teaching/service.py": "",
        }
    )
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/applications/teaching/store.py:3: rule 3")


@pytest.mark.parametrize(
    ("path", "imported"),
    [
        ("applications/emergency/model.py", "asyncio"),
        ("applications/emergency/events.py", "litestar"),
        ("collaboration/ring/model.py", "time"),
        ("intelligence/vitals/model.py", "asyncpg"),
        ("network/paths/choice.py", "socket"),
        ("network/quality/forecast.py", "yuanzhen.infrastructure.clock"),
    ],
)
def test_a_pure_file_imports_no_waiting_talking_or_time(check, path, imported):
    found = check({path: f"import {imported}\n", "infrastructure/clock.py": ""})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/{path}:2: rule 4 (pure files): a pure file comes to {imported}")


def test_a_pure_file_reaches_no_database_by_a_chain_either(check):
    found = check(
        {
            "applications/emergency/model.py": "\n\nfrom yuanzhen.infrastructure.db import Tx\n",
            "infrastructure/db/tx.py": "import asyncpg\n",
            "infrastructure/db/__init__.py": "from yuanzhen.infrastructure.db.tx import Tx\n",
        }
    )
    assert found == [
        "src/yuanzhen/applications/emergency/model.py:4: rule 4 (pure files): a pure file comes to asyncpg: "
        "yuanzhen.applications.emergency.model -> yuanzhen.infrastructure.db -> "
        "yuanzhen.infrastructure.db.tx -> asyncpg"
    ]


def test_shells_of_the_network_and_pure_files_with_pure_imports_pass(check):
    assert not check(
        {
            "network/paths/shell.py": "import asyncio\nfrom . import choice\n",
            "network/paths/choice.py": "from dataclasses import dataclass\nfrom datetime import datetime\n",
            "applications/emergency/model.py": "from yuanzhen.infrastructure.errors import Conflict\n",
            "infrastructure/errors.py": "",
        }
    )


@pytest.mark.parametrize("room", ["data.records", "data.intake", "collaboration.ring"])
def test_the_station_never_reaches_the_centre_by_any_chain(check, room):
    found = check(
        {
            f"{room.replace('.', '/')}/thing.py": "",
            "intelligence/imaging/read.py": f"import yuanzhen.{room}.thing\n" if room.startswith("data") else "",
            "station/pages.py": "import yuanzhen.intelligence.imaging.read\n"
            + ("" if room.startswith("data") else f"import yuanzhen.{room}.thing\n"),
        }
    )
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/station/pages.py:")
    assert "rule 5 (the edge runs alone)" in found[0]


def test_the_station_knows_of_data_only_exchange_masking_and_terminology(check):
    tree = {"data/terminology/codes.py": "", "data/exchange/facts.py": "", "data/archive/parquet.py": ""}
    station = "station/journal.py"
    assert not check(
        {station: "from yuanzhen.data.exchange import facts\nimport yuanzhen.data.terminology.codes\n", **tree}
    )
    assert all("rule 5" in line for line in check({station: "import yuanzhen.data.archive.parquet\n", **tree}))


def test_exchange_knows_no_record_and_intake_does(check):
    exchange = "data/exchange/hl7v2.py"
    assert not check(
        {
            "data/intake/sink.py": "from yuanzhen.data.records import store\n",
            **{exchange: ""},
            "data/records/store.py": "",
        }
    )
    found = check({exchange: "import yuanzhen.data.intake.sink\n"})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/{exchange}:2: rule 5")
