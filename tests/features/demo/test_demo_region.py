"""The demo's region is made once, whole, with logins that work, and found again."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest

from yuanzhen.data.records.file import lists, results
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.errors import Conflict, NotFound, Unauthenticated
from yuanzhen.programs.demo import cast, history, region
from yuanzhen.programs.demo import kept as keeping
from yuanzhen.security.identity import login, peers
from yuanzhen.security.identity.factors import CodeProof
from yuanzhen.security.identity.session import Caller

pytestmark = pytest.mark.slow

CALLER = Caller("127.0.0.1", "r-1")


async def enter(demo, name, code):
    begun = await login.login(demo.identity, CALLER, name, keeping.read(demo.folder).logins[name].password)
    assert begun.next == "factor"
    return await login.factor(demo.identity, CALLER, begun.token, CodeProof(code))


async def test_the_houses_hang_under_the_homes_own(demo):
    await demo.build()
    found = await demo.rows.rows("SELECT c.name, p.name FROM security.institution c LEFT JOIN security.institution p "
                                 "ON p.id = c.parent ORDER BY c.id")  # fmt: skip
    hang = {tuple(row) for row in found}
    assert len(found) == len(hang) == 1 + len(cast.HOUSES)
    assert hang >= {
        ("市中心医院", None), ("市中心医院东院区", "市中心医院"), ("青河县人民医院", "市中心医院"),
        ("柳树镇卫生院", "青河县人民医院"), ("白石镇卫生院", "青河县人民医院"),
    }  # fmt: skip
    departments = await demo.rows.rows("SELECT name FROM security.department")
    assert sorted(row["name"] for row in departments) == sorted(cast.DEPARTMENTS)


async def test_everybody_logs_in_with_what_the_file_says(demo):
    await demo.build()
    for player in cast.STAFF:
        code, _ = keeping.code(demo.folder, player.login, clock.now())
        assert (await enter(demo, player.login, code)).csrf


async def test_the_patient_logs_in_once_the_his_has_told_of_her(demo):
    kept = await demo.build()
    with pytest.raises(NotFound, match=r"demo[.]patient_not_there"):
        await region.admit(demo.db, demo.identity, demo.folder, kept)
    await demo.admit(kept)
    code, _ = keeping.code(demo.folder, cast.PATIENT_LOGIN, clock.now())
    assert (await enter(demo, cast.PATIENT_LOGIN, code)).csrf
    ((person, patient),) = await demo.rows.rows("SELECT id, patient FROM security.person WHERE role = 'patient'")
    assert person == patient


async def test_a_code_is_good_once(demo):
    await demo.build()
    code, _ = keeping.code(demo.folder, "xujing", clock.now())
    await enter(demo, "xujing", code)
    with pytest.raises(Unauthenticated, match=r"auth[.]factor_wrong"):
        await enter(demo, "xujing", code)


async def test_a_second_start_finds_the_region_and_changes_nothing(demo):
    first = await demo.admit(await demo.build())
    before = await demo.rows.rows("SELECT (SELECT count(*) FROM security.institution), (SELECT count(*) FROM "
                                  "security.person), (SELECT count(*) FROM records.resource)")  # fmt: skip
    content = (demo.folder / keeping.NAME).read_bytes()
    again = await demo.admit(await demo.build(his_port=9999))
    assert again == first
    assert again.his_port == 2585  # the enrolment names it
    assert (demo.folder / keeping.NAME).read_bytes() == content
    after = await demo.rows.rows("SELECT (SELECT count(*) FROM security.institution), (SELECT count(*) FROM "
                                 "security.person), (SELECT count(*) FROM records.resource)")  # fmt: skip
    assert before == after


async def test_the_same_admission_again_makes_no_second_patient(demo):
    kept = await demo.admit(await demo.build())
    await demo.admit(kept)
    rows = await demo.rows.rows("SELECT version, institution FROM records.resource WHERE type = 'Patient'")
    assert [tuple(row) for row in rows] == [(1, kept.township)] * len(cast.PATIENTS)


async def test_logins_that_are_lost_are_said_not_made_anew(demo):
    await demo.build()
    (demo.folder / keeping.NAME).unlink()
    with pytest.raises(Conflict, match=r"demo[.]logins_lost"):
        await demo.build()


async def test_a_file_without_its_region_is_made_anew(demo, monkeypatch):
    async def broken(*_):
        raise Conflict("test.broken_off")

    with monkeypatch.context() as patched:
        patched.setattr(region, "_staff", broken)
        with pytest.raises(Conflict, match=r"test[.]broken_off"):
            await demo.build()
    assert await demo.rows.rows("SELECT 1 FROM security.institution WHERE name = '柳树镇卫生院'") == []
    stale = await demo.build()
    await demo.rows.rows("TRUNCATE security.person, security.credential, security.factor, security.peer CASCADE")
    kept = await demo.build()
    assert kept.logins["xujing"].password != stale.logins["xujing"].password


async def test_the_townships_system_is_enrolled_for_both_wires(demo):
    kept = await demo.build()
    async with demo.db.look(system("door")) as look:
        (peer,) = [one for one in await peers.everyone(look) if one.id == kept.peer]
    assert (peer.id, peer.institution, peer.hl7_facility, peer.ae) == (kept.peer, kept.township, "LIUSHU", "LIUSHU_CT1")
    assert (peer.hl7_to, peer.sends, peer.plain) == ("127.0.0.1:2585", ("ORU",), False)


async def test_the_file_is_its_owners_alone(demo):
    await demo.build()
    assert stat.S_IMODE((demo.folder / keeping.NAME).stat().st_mode) == 0o600


async def test_every_person_has_a_password_of_their_own(demo):
    kept = await demo.admit(await demo.build())
    assert len({one.password for one in kept.logins.values()}) == len(cast.STAFF) + 1
    assert len({one.totp_secret for one in kept.logins.values()}) == len(cast.STAFF) + 1


async def test_the_code_command_says_how_long_it_is_good(demo):
    await demo.build()
    now = clock.now().replace(second=40, microsecond=0)
    first, *words = keeping.say_code(demo.folder, "chenyuan", now).splitlines()
    assert (len(first), first.isdigit()) == (6, True)
    assert "还有 20 秒" in words[0] and "in 20 s" in words[1]
    later = keeping.say_code(demo.folder, "chenyuan", now + timedelta(seconds=20)).splitlines()[0]
    assert later != first


async def test_the_code_command_names_who_there_is(demo):
    with pytest.raises(NotFound, match=r"demo[.]not_started"):
        keeping.code(demo.folder, "xujing", clock.now())
    await demo.build()
    with pytest.raises(NotFound, match=r"demo[.]no_such_login") as refused:
        keeping.code(demo.folder, "nobody", clock.now())
    assert refused.value.facts["known"] == sorted(player.login for player in cast.STAFF)


async def test_the_year_that_the_his_tells_is_the_patients_file(demo):
    kept = await demo.admit(await demo.build())
    patient = await region.connect(demo.db, demo.identity, demo.folder, kept)
    for _ in range(2):  # told again, it changes nothing
        for body in history.told(cast.PATIENT, kept.day):
            assert b"MSA|AA|" in await demo.hears(kept, body)
    herself = Actor("person", patient, "patient", kept.township, patient)
    async with demo.db.look(herself) as look:
        since = kept.day - timedelta(days=700)
        told = await results.results(look, patient, since, "", 100)
        shown = {one.name: (one.text, one.flag, one.status) for one in told.items}
        events = await lists.timeline(look, patient, 100)
        letters = await lists.documents(look, patient, 10)
    assert shown["维生素 B12"] == ("142", "LL", "final")
    assert shown["血钾"] == ("4.3", "N", "corrected")
    assert shown["C 反应蛋白"] == ("<0.50", "N", "final")
    assert shown["抗核抗体滴度"] == ("1:100", "", "final")
    assert shown["尿培养"] == ("24 小时未见生长", "", "preliminary")
    assert len(next(one for one in told.items if one.name == "血红蛋白").curves[0].points) == len(history.SAMPLES)
    assert [one.lane for one in events.items if one.type == "Encounter"].count("inpatient") == 1
    assert [(one.title, one.attachments[0].type) for one in letters.documents if one.attachments] == [
        ("出院小结", "application/pdf")
    ]


async def test_the_his_gets_one_client_whose_secret_is_kept(demo):
    kept = await demo.admit(await demo.build())
    first = await region.connect(demo.db, demo.identity, demo.folder, kept)
    assert await region.connect(demo.db, demo.identity, demo.folder, keeping.read(demo.folder)) == first
    ((count,),) = await demo.rows.rows("SELECT count(*) FROM security.client")
    assert (count, keeping.read(demo.folder).client) == (1, kept.client)
