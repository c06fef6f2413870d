"""What the database's own catalogue must say of every table and function, whoever adds the next one."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Home
from tests.features.access.house import SCHEMAS

APPLICATION, OWNER = "yuanzhen_app", "yuanzhen_owner"

# Tables that no actor reaches: no grant, and no policy but the owner's.
HIDDEN = {"infrastructure.migration", "security.context_key", "security.media_epoch", "security.media_key",
          "security.signing_secret"}  # fmt: skip

# What each function of ours that works with its owner's rights asks for before it does anything. A new one is judged by
# hand and written down here.
DEFINERS = {
    "calendar.experts": "the key of the calendar",
    "calendar.fed": "a secret of 256 bits, by its digest; tells no patient",
    "calendar.feeds": "a secret of 256 bits, by its digest",
    "calendar.houses": "tells an actor whose calendar they keep",
    "calendar.keepers": "the key of the calendar",
    "calendar.mark_taken": "a trigger: follows a booking that its own policies let through",
    "consultation.archive": "a key of the case, or the role of quality, whom it tells flags alone",
    "consultation.failures": "the role of a manager, and tells totals alone",
    "consultation.figures": "the role of a manager, and tells totals alone",
    "infrastructure.heads": "no grant; called by take and next_due",
    "infrastructure.next_due": "the context of the relay",
    "infrastructure.publish": "an actor",
    "infrastructure.take": "the relay",
    "intake.houses": "tells an actor whose messages they handle",
    "matching.carry": "the key of the matcher",
    "records.glances": "a key of the patient",
    "records.apart_counts": "counts of the houses that an actor handles",
    "records.closed": "tells an actor what is closed to them",
    "records.end_label": "whoever set the label, or a key of the resource and the role of who treats",
    "records.hold_instances": "a key of each instance, and one of its study",
    "records.labels": "tells an actor what they labelled, and of what they see",
    "records.reindex": "the key of the index",
    "records.set_label": "a key of the resource, and the role of who treats",
    "records.senders": "an actor",
    "records.unnamed": "the relay",
    "records.withheld": "a key of the patient",
    "records.write": "a key of the resource as it was and as it shall be",
    "referral.desk": "who tells members",
    "security.begin_media_epoch": "a signature of ours",
    "security.destroy_media_keys": "a signature of ours, and the worker",
    "security.disable_client": "who keeps log-ins",
    "security.dismiss": "a signature of ours",
    "security.end_key": "a signature of ours",
    "security.end_log_ins": "who keeps log-ins",
    "security.end_glass": "the keys of who reviews, or of whose it is",
    "security.entrust": "a signature of ours",
    "security.experts": "an actor",
    "security.forget_factors": "who keeps log-ins",
    "security.holders": "who tells members",
    "security.interpreters": "the role of who treats",
    "security.keep_key": "a signature of ours",
    "security.keys": "tells an actor their own keys",
    "security.open_key": "a signature of ours",
    "security.open_media_keys": "a signature of ours, and a key of the actor's own",
    "security.open_recorded_keys": "a signature of ours, and the worker",
    "security.put_recovery": "who keeps log-ins",
    "security.signed": "no grant; called by the others",
    "security.who": "tells whose signature the context carries",
}
NOT_GRANTED = {"infrastructure.heads", "records.enter", "records.forget", "records.hold_images", "records.keep_label",
               "records.move", "records.relabel", "records.relabel_images", "security.signed"}  # fmt: skip

KEPT = ["security.trail", "security.trail_leaf", "security.trail_head", "consultation.opinion", "consultation.rating",
        "consultation.proposal", "consultation.cosignature", "consultation.opened", "consultation.printed",
        "consultation.message", "consultation.board_update", "room.line", "referral.step",
        "reading.led"]  # fmt: skip
# A policy asks for the actor, or for a row that its own policy shows to the actor.
ASKS = re.compile(
    r"(security\.(keys|who)|room\.enters)\(|(intake|calendar)\.houses\(|"
    r"FROM (records\.resource|ring\.ring|room\.(room|recording)|reading\.reading|consultation\.\"case\"|"
    r"referral\.referral|"
    r"security\.approval)"
)


async def test_every_table_forces_row_level_security_on_its_owner_too(home: Home) -> None:
    open_tables = await home.rows(
        f"SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) AND c.relkind IN ('r', 'p') "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    )
    assert [row["name"] for row in open_tables] == []


async def test_a_table_has_a_policy_for_the_application_or_no_grant_at_all(home: Home) -> None:
    rows = await home.rows(
        f"SELECT n.nspname || '.' || c.relname AS name, "
        f"EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid "
        f"        AND '{APPLICATION}'::regrole = ANY (p.polroles)) AS ruled, "
        f"has_any_column_privilege('{APPLICATION}', c.oid, 'SELECT, INSERT, UPDATE') "
        f"OR has_table_privilege('{APPLICATION}', c.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER') AS granted "
        f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) AND c.relkind IN ('r', 'p')"
    )
    assert {row["name"] for row in rows if not row["granted"]} == HIDDEN
    assert [row["name"] for row in rows if row["ruled"] != row["granted"]] == []


async def test_no_policy_is_for_everybody_and_none_is_always_true(home: Home) -> None:
    rows = await home.rows(
        f"SELECT schemaname || '.' || tablename || '.' || policyname AS name, roles::text[] AS roles, qual, with_check "
        f"FROM pg_policies WHERE schemaname IN ({SCHEMAS})"
    )
    for row in rows:
        assert row["roles"] in ([OWNER], [APPLICATION]), row["name"]
        if row["roles"] == [APPLICATION]:
            asked = " ".join(filter(None, (row["qual"], row["with_check"])))
            assert ASKS.search(asked), row["name"]


async def test_nobody_truncates_or_alters(home: Home) -> None:
    rows = await home.rows(
        f"SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) AND c.relkind IN ('r', 'p') "
        f"AND has_table_privilege('{APPLICATION}', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"
    )
    assert [row["name"] for row in rows] == []


@pytest.mark.parametrize("table", KEPT)
async def test_what_is_kept_for_good_can_only_be_added_to(home: Home, table: str) -> None:
    rows = await home.rows(
        f"SELECT has_any_column_privilege('{APPLICATION}', '{table}', 'UPDATE') OR "
        f"has_table_privilege('{APPLICATION}', '{table}', 'DELETE') AS changeable"
    )
    assert rows[0]["changeable"] is False


async def test_when_and_in_which_order_a_trail_row_came_the_database_says_alone(home: Home) -> None:
    rows = await home.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'security.trail'::regclass AND attnum > 0 "
        f"AND NOT has_column_privilege('{APPLICATION}', attrelid, attnum, 'INSERT')"
    )
    assert {row["attname"] for row in rows} == {"id", "at", "xid"}


async def test_the_applications_roles_own_nothing_and_can_become_nobody(home: Home) -> None:
    login = home.dsn.split("//")[1].split(":")[0]
    for role in (APPLICATION, login):
        rows = await home.rows(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
            f"pg_has_role($1::name, '{OWNER}', 'MEMBER') AS member, "
            "(SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid) + "
            "(SELECT count(*) FROM pg_proc WHERE proowner = pg_roles.oid) + "
            "(SELECT count(*) FROM pg_namespace WHERE nspowner = pg_roles.oid) + "
            "(SELECT count(*) FROM pg_type WHERE typowner = pg_roles.oid) + "
            "(SELECT count(*) FROM pg_database WHERE datdba = pg_roles.oid) + "
            "(SELECT count(*) FROM pg_largeobject_metadata WHERE lomowner = pg_roles.oid) AS owned "
            "FROM pg_roles WHERE rolname = $1",
            role,
        )
        assert tuple(rows[0].values()) == (False, False, False, False, False, False, 0), role


async def test_the_applications_role_can_make_nothing_that_shadows_ours(home: Home) -> None:
    rows = await home.rows(
        f"SELECT nspname FROM pg_namespace WHERE has_schema_privilege('{APPLICATION}', oid, 'CREATE') "
        "UNION ALL SELECT 'database ' || p FROM unnest(ARRAY['CREATE', 'TEMP']) AS p "
        f"WHERE has_database_privilege('{APPLICATION}', current_database(), p)"
    )
    assert [row[0] for row in rows] == []


async def test_only_these_functions_work_with_their_owners_rights_each_with_a_fixed_path(home: Home) -> None:
    rows = await home.rows(
        "SELECT n.nspname || '.' || p.proname AS name, p.proconfig, p.prosrc FROM pg_proc p "
        f"JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ({SCHEMAS}) AND p.prosecdef"
    )
    assert {row["name"] for row in rows} == set(DEFINERS)
    for row in rows:
        assert row["proconfig"] == ["search_path=pg_catalog"], row["name"]
        assert not re.search(r"\bEXECUTE\b|\bdblink|format\(", row["prosrc"]), row["name"]


async def test_no_other_function_leaves_its_path_to_the_caller(home: Home) -> None:
    rows = await home.rows(
        "SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) AND coalesce(array_to_string(p.proconfig, ','), '') NOT LIKE '%search_path=%'"
    )
    assert [row["name"] for row in rows] == []


async def test_only_the_application_may_call_what_is_ours(home: Home) -> None:
    rows = await home.rows(
        "SELECT n.nspname || '.' || p.proname AS name, "
        "EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "        WHERE a.grantee = 0) AS everybody, "
        f"has_function_privilege('{APPLICATION}', p.oid, 'EXECUTE') AS application "
        f"FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ({SCHEMAS})"
    )
    assert [row["name"] for row in rows if row["everybody"]] == []
    assert {row["name"] for row in rows if not row["application"]} == NOT_GRANTED


async def test_no_view_and_no_sequence_lends_its_owners_rights(home: Home) -> None:
    """A view reads with its owner's rights; an identity's sequence needs no grant of its own."""
    rows = await home.rows(
        f"SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE n.nspname IN ({SCHEMAS}) AND (c.relkind IN ('v', 'm', 'f') OR (c.relkind = 'S' AND "
        f"has_sequence_privilege('{APPLICATION}', c.oid, 'USAGE, SELECT, UPDATE')))"
    )
    assert [row["name"] for row in rows] == []
