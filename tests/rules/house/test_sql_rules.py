"""Rule 6, broken on purpose beside a clean twin: who commits, where SQL stands, what is put into its text."""

from __future__ import annotations

import pytest

VERB = "applications/referral/service.py"
STORE = "applications/referral/store.py"


@pytest.mark.parametrize(
    "line",
    [
        "await tx.commit()",
        "await connection.rollback()",
        "connection.transaction()",
        'await connection.execute("COMMIT")',
        'await connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")',
        'await connection.execute("SAVEPOINT here")',
    ],
)
def test_only_infrastructure_db_commits(check, line):
    text = f"async def send(tx, connection):\n    {line}\n"
    broken = check({STORE: text})
    assert len(broken) == 1
    assert broken[0].startswith(f"src/yuanzhen/{STORE}:3: rule 6 (one transaction per verb): only infrastructure/db")
    assert not check({STORE: "", "infrastructure/db/tx.py": text})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM referral.letter WHERE id = $1",
        "select id from referral.letter",
        "INSERT INTO referral.letter VALUES ($1)",
        "UPDATE referral.letter SET state = $2 WHERE id = $1",
        "DELETE FROM referral.letter",
        "WITH old AS (SELECT 1) SELECT * FROM old",
        "CREATE TABLE letter (id uuid)",
        "SELECT pg_advisory_xact_lock($1)",
    ],
)
def test_sql_stands_in_a_store_and_nowhere_else(check, sql):
    text = f'LETTER = """{sql}"""\n'
    assert [line.split(": ")[0] for line in check({VERB: text})] == [f"src/yuanzhen/{VERB}:2"]
    assert not check({VERB: "", STORE: text})
    assert not check({VERB: "", "security/audit/trail.py": text})


def test_an_f_string_of_sql_outside_a_store_is_seen_as_a_whole(check):
    found = check({VERB: 'TABLE = "letter"\nLETTER = f"SELECT id FROM {TABLE}"\n'})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/{VERB}:3: rule 6 (one transaction per verb): SQL outside a store.py")


@pytest.mark.parametrize("words", ["Update the plan", "select a slot", "from begin to end", "Commit yourself", "begin"])
def test_words_of_a_person_are_no_sql(check, words):
    assert not check({VERB: f'WORDS = "{words}"\n'})


@pytest.mark.parametrize(
    "expression",
    [
        "f\"SELECT id FROM letter WHERE name = '{name}'\"",
        '"SELECT id FROM letter WHERE name = " + name',
        '"SELECT id FROM letter WHERE name = %s" % name',
        '"SELECT id FROM letter WHERE name = {}".format(name)',
    ],
)
def test_a_value_is_never_put_into_the_text_of_sql(check, expression):
    found = check({STORE: f"def find(name):\n    return {expression}\n"})
    assert len(found) == 1
    assert found[0].startswith(f"src/yuanzhen/{STORE}:3: rule 6 (one transaction per verb): SQL with name put into")


def test_constants_may_be_put_into_the_text_of_sql(check):
    assert not check({STORE: 'COLUMNS = "id, name"\nFIND = f"SELECT {COLUMNS} FROM letter WHERE id = $1"\n'})


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["0001_ground.sql", "0003_more.sql"], "number 0003 stands where 0002 is due"),
        (["0001_ground.sql", "0001_again.sql"], "number 0001 stands where 0002 is due"),
        (["0001_ground.sql", "late.sql"], "the name is not NNNN_words.sql"),
    ],
)
def test_migrations_are_numbered_without_gap_or_double(check, names, says):
    found = check({f"programs/migrations/{name}": "SELECT 1;\n" for name in names} | {"programs/cli.py": ""})
    assert len(found) == 1
    assert "migrations (numbered without gap)" in found[0]
    assert says in found[0]


def test_a_migration_commits_nothing_and_may_hold_functions_with_begin(check):
    function = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  PERFORM 1;\nEND $$;\n"
    assert not check({"programs/migrations/0001_f.sql": function, "programs/cli.py": ""})
    found = check({"programs/migrations/0001_f.sql": f"{function}COMMIT;\n"})
    assert len(found) == 1
    assert found[0].startswith("src/yuanzhen/programs/migrations/0001_f.sql:5: rule 6 (one transaction per verb)")
