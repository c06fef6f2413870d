"""Attacks with the application's own database role: whoever has its DSN, or slips SQL into a statement of ours.

Without a context that this process signed for this very backend no row is seen and none is changed; with one, only
what that actor may see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
import pytest

from tests.conftest import CONTEXT_KEY, Home
from tests.features.access.house import SCHEMAS
from tests.make.cases import ASKER, NAME, STRANGER, Ward, person
from yuanzhen.infrastructure.db.actor import Actor, Signer, system
from yuanzhen.infrastructure.db.database import Database

OFFICER = person("boss", "officer")
OURS = Signer(CONTEXT_KEY)
OTHERS = Signer(bytes(reversed(CONTEXT_KEY)))
# The first arguments of `records.write`: a Patient whose id is $1.
PATIENT = (
    "ARRAY['Patient'], ARRAY[$1], ARRAY[NULL::int], ARRAY[$1], ARRAY['liuhe'], ARRAY[false], ARRAY[''], "
    "ARRAY['[\"house:liuhe\"]'], ARRAY[false], ARRAY['{}'], ARRAY['{}']"
)
PATIENTS = "SELECT content FROM records.resource WHERE type = 'Patient'"
Forge = Callable[[int], str]  # a backend's pid to the context that is tried on it


def _edited(old: str, new: str) -> Forge:
    """A true context of a clinician in which some field was changed afterwards."""
    return lambda pid: OURS.context(STRANGER, pid).replace(old, new, 1)


def _longer(pid: int) -> str:
    """More fields than were signed."""
    body, mac = OURS.context(STRANGER, pid).rsplit(".", 1)
    return f"{body}|machine-rw.{mac}"


FORGERIES: dict[str, Forge] = {
    "none at all": lambda pid: "",
    "a short one": lambda pid: "person|boss|officer",
    "no signature": lambda pid: OFFICER.body() + "." + "0" * 64,
    "only a signature": lambda pid: "." + OURS.mac("context", pid, ""),
    "another key": lambda pid: OTHERS.context(OFFICER, pid),
    "another backend": lambda pid: OURS.context(OFFICER, pid + 1),
    "another purpose": lambda pid: f"{OFFICER.body()}.{OURS.mac('dismiss', pid, OFFICER.body())}",
    "another role": _edited("|clinician|", "|machine-rw|"),
    "another institution": _edited("|baishi|", "|liuhe|"),
    "another person": _edited("|wanglei|", "|xujing|"),
    "another kind": _edited("person|", "system|"),
    "a signature in capitals": lambda pid: (lambda body, mac: f"{body}.{mac.upper()}")(
        *OURS.context(OFFICER, pid).rsplit(".", 1)
    ),
    "more fields": _longer,
    "words around it": lambda pid: f" {OURS.context(OFFICER, pid)}",
}


async def _tables(home: Home, privilege: str) -> list[str]:
    rows = await home.rows(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' "
        f"AND n.nspname IN ({SCHEMAS}) "
        "AND CASE $1 WHEN 'DELETE' THEN has_table_privilege('yuanzhen_app', c.oid, 'DELETE') "
        "ELSE has_any_column_privilege('yuanzhen_app', c.oid, $1) END ORDER BY 1",
        privilege,
    )
    return [row["name"] for row in rows]


async def _contents(home: Home) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them all."""
    told = {}
    for table in await _tables(home, "SELECT"):
        rows = await home.rows(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
        told[table] = (rows[0][0], rows[0][1])
    return told


async def _columns(home: Home, table: str, privilege: str) -> str:
    """The columns that a statement may name."""
    rows = await home.rows(
        "SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 "
        "AND NOT attisdropped AND attidentity = '' AND attgenerated = '' "
        "AND has_column_privilege('yuanzhen_app', attrelid, attnum, $2)",
        table,
        privilege,
    )
    return ", ".join(row["name"] for row in rows)


async def _sees(raw: asyncpg.Connection, home: Home) -> dict[str, int]:
    """The tables that show rows to this connection as it stands."""
    counted = {}
    for table in await _tables(home, "SELECT"):
        counted[table] = await raw.fetchval(f"SELECT count(*) FROM {table}")
    return {table: count for table, count in counted.items() if count}


async def _refused(work: Awaitable[object]) -> bool:
    try:
        await work
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError):
        return True
    return False


async def test_no_table_is_empty_so_that_seeing_none_means_something(ward: Ward, home: Home) -> None:
    assert [table for table, (count, _) in (await _contents(home)).items() if count == 0] == []


@pytest.mark.parametrize("scope", ["the transaction", "the session"])
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_context_that_we_did_not_sign_for_this_backend_sees_no_row(
    raw: asyncpg.Connection, home: Home, forgery: str, scope: str
) -> None:
    token = FORGERIES[forgery](raw.get_server_pid())
    async with raw.transaction():
        await raw.execute("SELECT set_config('yuanzhen.context', $1, $2)", token, scope == "the transaction")
        assert await raw.fetchval("SELECT (security.who()).id") is None
        assert await raw.fetchval("SELECT security.keys('read') || security.keys('write')") == []
        assert await _sees(raw, home) == {}


async def test_a_forged_context_changes_nothing(raw: asyncpg.Connection, home: Home) -> None:
    before = await _contents(home)
    token = FORGERIES["another role"](raw.get_server_pid())
    await raw.execute("SELECT set_config('yuanzhen.context', $1, false)", token)
    for table in await _tables(home, "UPDATE"):
        column = (await _columns(home, table, "UPDATE")).split(", ")[0]
        done = raw.execute(f"UPDATE {table} SET {column} = {column}")
        assert await done == "UPDATE 0", table
    for table in await _tables(home, "DELETE"):
        assert await raw.execute(f"DELETE FROM {table}") == "DELETE 0", table
    for table in await _tables(home, "INSERT"):
        row = (await home.rows(f"SELECT to_jsonb(t)::text AS row FROM {table} t LIMIT 1"))[0]["row"]
        columns = await _columns(home, table, "INSERT")
        copied = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1)"
        assert await _refused(raw.execute(copied, row)), table
    assert await _contents(home) == before


@pytest.mark.parametrize(
    "call",
    [
        "security.entrust('r', 'li', $1, 'because', true, NULL, repeat('0', 64))",
        "security.dismiss('consultation:' || $1, repeat('0', 64))",
        "security.keep_key('k', $1, 'person', 'p', 'c', 's', now(), repeat('0', 64))",
        "security.open_key($1, repeat('0', 64))",
        "security.end_key($1, 'active', 'revoked', now(), now(), repeat('0', 64))",
        "security.begin_media_epoch('r', 1, ARRAY[$1], ARRAY[''::bytea], 'w', '0', now(), repeat('0', 64))",
        "security.open_media_keys($1, repeat('0', 64))",
        "security.signed('context', $1, repeat('0', 64))",
        "infrastructure.heads(ARRAY[$1])",
        "infrastructure.take(ARRAY[$1, 'nobody'], NULL, true)",
        "infrastructure.next_due('', ARRAY[$1, 'nobody'])",
        """infrastructure.publish(format('[{"channel": "%s", "event": "e", "data": 1}]', $1::text)::jsonb)""",
        """infrastructure.settle(format('[{"kind": "%s"}]', $1::text)::jsonb, NULL, NULL)""",
        """infrastructure.settle(NULL, format('[{"kind": "%s", "listener": "", "body": 1}]', $1::text)::jsonb, NULL)""",
        """infrastructure.keep('', format('[{"kind": "%s"}]', $1::text)::jsonb)""",
        f"records.put('', {PATIENT}, {'NULL, ' * 29} NULL)",
        f"records.write({PATIENT}, {'NULL, ' * 28} NULL)",
        f"records.enter(ARRAY[1], ARRAY[1], ARRAY[1], ARRAY[1::smallint], ARRAY[$1], ARRAY[$1], {'NULL, ' * 23} NULL)",
        "records.forget(ARRAY(SELECT key FROM records.resource WHERE id = $1))",
        "records.move($1, 'baishi', NULL)",
        f"records.reindex($1, 0, 1, true, ARRAY[1], ARRAY[1], {'NULL, ' * 28} NULL)",
    ],
)
async def test_our_functions_do_nothing_for_whoever_calls_them_directly(
    ward: Ward, raw: asyncpg.Connection, home: Home, call: str
) -> None:
    before = await _contents(home)
    assert await _refused(raw.fetch(f"SELECT {call}", ward.patient)), call
    assert await _contents(home) == before


async def test_a_signature_for_one_deed_is_good_for_no_other(ward: Ward, raw: asyncpg.Connection, home: Home) -> None:
    """Even with our signature, made for this backend: another's name, another end, another purpose are refused."""
    pid = raw.get_server_pid()
    entrusted = OURS.mac("entrust", pid, f"r|li|{ward.patient}|because|f|")
    call = "SELECT security.entrust('r', $1, $2, 'because', $3, $4::timestamptz, $5)"
    assert await _refused(raw.fetch(call, "wang", ward.patient, False, None, entrusted))
    assert await _refused(raw.fetch(call, "li", ward.patient, True, None, entrusted))
    assert await _refused(raw.fetch(call, "li", ward.patient, False, (await _now(home)), entrusted))
    assert await _refused(raw.fetch("SELECT security.dismiss('because', $1)", entrusted))
    assert await home.rows("SELECT FROM security.relation WHERE person IN ('li', 'wang')") == []


async def _now(home: Home) -> object:
    return (await home.rows("SELECT now()"))[0][0]


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE yuanzhen_owner",
        "SET SESSION AUTHORIZATION {administrator}",
        "SET SESSION AUTHORIZATION yuanzhen_owner",
        "SELECT set_config('role', 'yuanzhen_owner', false)",
        "SET session_replication_role = replica",
        "GRANT yuanzhen_owner TO CURRENT_USER",
        "ALTER TABLE records.resource DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE records.resource NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON records.resource USING (true)",
        "DROP POLICY seen ON records.resource",
        "CREATE OR REPLACE FUNCTION security.keys(wanted text) RETURNS text[] LANGUAGE sql AS $$ SELECT ARRAY['*'] $$",
        "CREATE FUNCTION public.who() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        "CREATE FUNCTION pg_temp.who() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        "CREATE TEMP TABLE context_key (inner_pad bytea)",
        "CREATE TEMP VIEW mine AS SELECT * FROM records.resource",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (a int)",
        "CREATE TRIGGER mine BEFORE INSERT ON records.resource FOR EACH ROW EXECUTE FUNCTION security.tell_access()",
        "CREATE RULE mine AS ON INSERT TO records.resource DO ALSO NOTHING",
        "TRUNCATE security.trail",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO '/tmp/stolen'",
        "COPY security.context_key TO STDOUT",
        "SELECT * FROM security.context_key",
        "SELECT * FROM security.signing_secret",
        "SELECT * FROM security.media_key",
        "SELECT * FROM infrastructure.migration",
        "SELECT * FROM pg_catalog.pg_statistic",
        "SELECT * FROM pg_catalog.pg_authid",
        "INSERT INTO security.trail (at) VALUES (now() - interval '1 day')",
        "INSERT INTO security.trail (id) OVERRIDING SYSTEM VALUE VALUES (1)",
        "COMMENT ON TABLE records.resource IS 'mine'",
        "LOAD 'auto_explain'",
        "CREATE EXTENSION vector SCHEMA records",
        "DO LANGUAGE plpgsql $$ BEGIN EXECUTE 'SET ROLE yuanzhen_owner'; END $$",
    ],
)
async def test_the_role_cannot_become_more_than_it_is(raw: asyncpg.Connection, home: Home, statement: str) -> None:
    said = statement.replace("{administrator}", home.admin.user)
    assert await _refused(raw.execute(said)), said
    assert await raw.fetchval("SELECT current_user") == await raw.fetchval("SELECT session_user")


async def test_the_owner_of_a_row_is_asked_by_copy_too(raw: asyncpg.Connection, home: Home) -> None:
    copied = bytearray()

    async def kept(data: bytes) -> None:
        copied.extend(data)

    for table in await _tables(home, "SELECT"):
        await raw.copy_from_query(f"SELECT * FROM {table}", output=kept)
        await raw.copy_from_table(table.split(".")[1].strip('"'), schema_name=table.split(".")[0], output=kept)
    assert bytes(copied) == b""
    row = b"x\tx\n"
    assert await _refused(raw.copy_to_table("membership", schema_name="security", source=_Lines(row)))


class _Lines:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int) -> bytes:
        data, self._data = self._data, b""
        return data


async def test_row_level_security_switched_off_is_an_error_and_no_door(raw: asyncpg.Connection) -> None:
    await raw.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.fetch("SELECT * FROM records.resource")


async def test_a_statement_prepared_in_one_context_gives_nothing_in_the_next(
    ward: Ward, raw: asyncpg.Connection
) -> None:
    prepared = await raw.prepare("SELECT content FROM records.resource WHERE type = 'Patient'")
    async with raw.transaction():
        await _enter(raw, ASKER)
        assert NAME in (await prepared.fetchval())
    assert await prepared.fetch() == []
    async with raw.transaction():
        await _enter(raw, STRANGER)
        assert await prepared.fetch() == []


async def test_a_cursor_held_over_the_commit_holds_only_what_its_actor_saw(raw: asyncpg.Connection) -> None:
    async with raw.transaction():
        await _enter(raw, STRANGER)
        await raw.execute(f"DECLARE mine CURSOR WITH HOLD FOR {PATIENTS}")
    assert await raw.fetch("FETCH ALL mine") == []


async def test_nothing_of_the_context_is_left_after_the_commit(raw: asyncpg.Connection, home: Home) -> None:
    async with raw.transaction():
        await _enter(raw, ASKER)
        assert await raw.fetchval("SELECT (security.who()).id") == ASKER.id
    assert await raw.fetchval("SELECT current_setting('yuanzhen.context', true)") == ""
    assert await _sees(raw, home) == {}


async def test_nothing_of_the_context_is_left_on_the_products_own_connections(ward: Ward, home: Home) -> None:
    db = await home.open(size=1)
    try:
        await db.once(ASKER, "SELECT 1 AS one")
        async with db.verb(ASKER) as tx:
            await tx.row("SELECT 1")
        connection = await db._connections.take()
        assert await connection.fetchval("SELECT current_setting('yuanzhen.context', true)") == ""
        assert await connection.fetch("SELECT FROM records.resource") == []
        db._connections.give(connection)
    finally:
        await db.close()


async def test_a_context_left_in_the_session_by_force_is_not_the_next_callers(ward: Ward, home: Home) -> None:
    """SQL slipped into a statement of one actor cannot set a trap for the next borrower of the connection."""
    db = await home.open(size=1)
    try:
        own = "current_setting('yuanzhen.context')"
        await db.once(ASKER, f"SELECT set_config('yuanzhen.context', {own}, false) AS trap")
        assert await ward_sees(db, STRANGER) == []
        assert len(await ward_sees(db, ASKER)) == 1
        async with db.verb(STRANGER) as tx:
            assert await tx.rows("SELECT FROM records.resource WHERE type = 'Patient'") == []
    finally:
        await db.close()


async def ward_sees(db: Database, actor: Actor) -> list[asyncpg.Record]:
    return await db.once(actor, "SELECT id FROM records.resource WHERE type = 'Patient'")


async def test_slipped_sql_cannot_name_another_actor(ward: Ward, db: Database) -> None:
    """As a read of ours would run it: the stranger's own context, and a second set_config inside the statement."""
    stolen = OURS.context(OFFICER, 1)
    rows = await db.once(
        STRANGER,
        f"SELECT set_config('yuanzhen.context', '{stolen}', true) AS forged, "
        "(SELECT count(*) FROM records.resource WHERE type = 'Patient') AS seen",
    )
    assert rows[0]["seen"] == 0


async def test_no_session_shows_its_context_to_another(ward: Ward, db: Database, raw: asyncpg.Connection) -> None:
    """pg_stat_activity shows each session's last statement to all sessions of the same role.

    A context is worth something on its own backend as long as that lives: it must stand in no statement's text.
    """
    await db.once(ASKER, "SELECT 1 AS one")
    async with db.verb(ASKER) as tx:
        begun = await _overheard(raw)
        await tx.row("SELECT 1")
        running = await _overheard(raw)
    told = [text for text in [*begun, *running, *await _overheard(raw)] if ASKER.id in text or "person|" in text]
    assert told == []


async def _overheard(raw: asyncpg.Connection) -> list[str]:
    rows = await raw.fetch(
        "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "UNION ALL SELECT statement FROM pg_prepared_statements"
    )
    return [row["query"] or "" for row in rows]


async def test_what_a_planner_knows_of_a_table_is_not_told(ward: Ward, raw: asyncpg.Connection, home: Home) -> None:
    await home.run("ANALYZE")
    mine = await raw.fetch(f"SELECT tablename FROM pg_stats WHERE schemaname IN ({SCHEMAS})")
    assert mine == []


async def test_an_error_tells_nothing_of_a_row_that_is_not_seen(ward: Ward, raw: asyncpg.Connection) -> None:
    async with raw.transaction():
        await _enter(raw, STRANGER)
        assert await raw.fetch("SELECT FROM records.resource WHERE type = 'Patient' AND content::int > 0") == []
        assert await raw.fetch("SELECT FROM consultation.opinion WHERE 1 / (version - version) = 1") == []


async def test_an_actor_writes_the_trail_in_no_others_name(ward: Ward, raw: asyncpg.Connection, home: Home) -> None:
    row = {"kind": "person", "actor": ASKER.id, "role": "clinician", "institution": "", "purpose": "", "origin": "",
           "request": "", "verb": "v", "action": "R", "outcome": 0, "entity_type": "", "entity": "", "patient": "",
           "code": "", "reason": ""}  # fmt: skip
    async with raw.transaction():
        await _enter(raw, STRANGER)
        forged = raw.execute("SELECT infrastructure.settle($1::jsonb, NULL, NULL)", msgspec.json.encode([row]).decode())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await forged
    assert await home.rows("SELECT FROM security.trail WHERE verb = 'v'") == []


async def test_an_actor_gives_nobody_access_without_a_verb_of_ours(ward: Ward, raw: asyncpg.Connection) -> None:
    for statement in (
        f"INSERT INTO security.relation (id, person, patient, source) VALUES ('r', 'li', '{ward.patient}', 's')",
        "UPDATE security.relation SET ends = NULL",
        f"INSERT INTO security.membership VALUES ('{STRANGER.id}', 'neurology')",
        "UPDATE security.grants SET key = '*'",
        "INSERT INTO security.grants VALUES ('clinician', 'read', '*')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with raw.transaction():
                await _enter(raw, ASKER)
                await raw.execute(statement)


async def test_an_ended_relation_cannot_be_opened_again_with_the_same_signature(ward: Ward, home: Home) -> None:
    """What one connection once carried is not good a second time, on that connection either."""
    connection = await asyncpg.connect(home.dsn)
    try:
        mac = OURS.mac("entrust", connection.get_server_pid(), f"r9|li|{ward.patient}|consultation:9|f|")
        call = "SELECT security.entrust('r9', 'li', $1, 'consultation:9', false, NULL, $2)"
        await connection.fetch(call, ward.patient, mac)
        await connection.fetch(
            "SELECT security.dismiss('consultation:9', $1)",
            OURS.mac("dismiss", connection.get_server_pid(), "consultation:9"),
        )
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.fetch(call, ward.patient, mac)
    finally:
        await connection.close()
    assert await home.rows("SELECT FROM security.relation WHERE person = 'li' AND ends IS NULL") == []


async def test_a_thousand_contexts_in_flight_are_never_mixed_up(ward: Ward, db: Database) -> None:
    """Two clinicians' reads and verbs share the pool's connections; each sees their own institution alone."""

    async def reads(actor: Actor, expected: int) -> None:
        assert len(await ward_sees(db, actor)) == expected

    async def acts(actor: Actor, expected: int) -> None:
        async with db.verb(actor) as tx:
            assert len(await tx.rows("SELECT id FROM records.resource WHERE type = 'Patient'")) == expected

    both = ((ASKER, 1), (STRANGER, 0))
    await asyncio.gather(*(one(actor, seen) for _ in range(250) for one in (reads, acts) for actor, seen in both))


async def test_the_fields_of_an_actor_are_words_that_cannot_break_the_signed_text() -> None:
    for field in ("id", "role", "institution", "patient", "purpose"):
        for bad in ("a|b", "a'b", "a b", "a\nb", "甲"):
            with pytest.raises(ValueError, match="ids and words"):
                OURS.context(msgspec.structs.replace(OFFICER, **{field: bad}), 1)
    assert OURS.context(system("relay"), 1)


async def _enter(raw: asyncpg.Connection, actor: Actor) -> None:
    await raw.execute("SELECT set_config('yuanzhen.context', $1, true)", OURS.context(actor, raw.get_server_pid()))
