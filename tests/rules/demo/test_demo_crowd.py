"""The region of the plan and its people: as many as the plan says, each once, the same in every demo."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import get_args

import pytest

from yuanzhen.applications.consultation.model import FIRST, NEXT, State
from yuanzhen.data.exchange.hl7v2.message import parse
from yuanzhen.programs.demo import cast, crowd, houses, years
from yuanzhen.programs.demo.courses import COURSES
from yuanzhen.programs.demo.history import ITEMS
from yuanzhen.programs.demo.numbers import check_character
from yuanzhen.programs.demo.scenes import EMERGENCY, SCENES, Scene

DAY = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
KNOWN = list(crowd.patients())


def test_the_region_has_the_houses_of_the_plan() -> None:
    levels = Counter(house.level for house in cast.HOUSES)
    assert levels == {"city": 3, "county": 8, "township": 32}
    assert (len(houses.CLINICAL), len(houses.TECHNICAL)) == (45, 20)
    for names in ([house.name for house in cast.HOUSES], [house.key for house in cast.HOUSES], cast.DEPARTMENTS):
        assert len(set(names)) == len(names)


def test_each_house_comes_after_the_one_that_it_belongs_to() -> None:
    known = {houses.CITY}
    for house in cast.HOUSES:
        assert house.parent in known, house.name
        known.add(house.key)


def test_every_department_has_an_expert_and_every_primary_house_a_clinician() -> None:
    staff = list(crowd.staff())
    assert {name for one in staff for name in one.departments} == set(cast.DEPARTMENTS)
    assert {one.house for one in staff if one.role == "clinician"} == {
        house.key for house in cast.HOUSES if house.level != "city"
    }
    logins = [one.login for one in (*staff, *cast.STAFF)]
    assert len(set(logins)) == len(logins)
    assert all(login.isascii() and login.isalnum() for login in logins)


def test_patients_are_people_of_their_own_with_numbers_that_no_living_person_has() -> None:
    assert Counter(one.patient.house for one in KNOWN) == crowd.PATIENTS_OF
    everybody = [*cast.PATIENTS, *(one.patient for one in KNOWN)]
    for told in ([one.number for one in everybody], [one.resident_number for one in everybody],
                 [one.name for one in everybody]):  # fmt: skip
        assert len(set(told)) == len(told)
    for one in everybody:
        assert check_character(one.resident_number[:17]) == one.resident_number[17]
        assert int(one.resident_number[16]) % 2 == (one.sex == "M")
    assert {one.course.code for one in KNOWN} == {course.code for course in COURSES}


def test_what_is_told_of_a_patient_is_in_order_and_the_same_again() -> None:
    for number, one in enumerate(KNOWN):
        told = years.told(one, number, DAY)
        assert told == years.told(one, number, DAY)
        heads = [parse(body).first("MSH") for body in told]
        sent = [head.get(7) for head in heads]
        assert sent == sorted(sent)
        assert len({head.get(10) for head in heads}) == len(told)
        assert {head.get(4) for head in heads} == {one.patient.facility}


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.code)
def test_values_go_from_the_first_to_the_last_with_their_flags(course) -> None:
    last = len(course.visits) - 1
    for code, (first, end) in course.values.items():
        for nth, wanted in ((0, first), (last, end)):
            value, _, flag = years.values(course, nth, 0)[code].partition(" ")
            assert float(value) == pytest.approx(wanted, rel=0.05, abs=0.005)
            assert flag in ("", "H", "L")
    assert set(course.values) | set(course.texts) <= set(ITEMS)
    assert course.question


def left_in(scene: Scene) -> State:
    """The state in which a scene leaves its case, by the model's own table."""
    state = FIRST[scene.mode, scene.urgency]
    for act in scene.acts:
        state = NEXT[state, act.name]
    return state


def test_there_is_a_case_in_each_state_of_the_model() -> None:
    assert {left_in(one) for one in SCENES} == set(get_args(State)) - {"ringing"}
    assert left_in(EMERGENCY) == "ringing"
    assert [bool(one.expert) for one in SCENES] == [left_in(one) == "booked" for one in SCENES]


def test_whoever_plays_can_log_in_and_no_patient_has_two_cases() -> None:
    logins = {player.login for player in cast.STAFF}
    for scene in (*SCENES, EMERGENCY):
        assert {scene.asker, *(act.by for act in scene.acts), scene.expert} <= logins | {""}
        assert scene.department in cast.DEPARTMENTS
        assert scene.patient < crowd.PATIENTS_OF[scene.house]
    about = [(one.house, one.patient) for one in (*SCENES, EMERGENCY)]
    assert len(set(about)) == len(about)
