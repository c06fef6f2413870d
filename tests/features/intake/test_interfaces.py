"""The interfaces at a glance: who was heard and who turned away, what waits and what goes; switched off and on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from tests.conftest import Home
from tests.features.intake.test_messages import OFFICER, OTHER_OFFICER, TOWN_OFFICER, text
from tests.make.cases import ASKER, HIS, NOW, Ward
from yuanzhen.data.exchange.hl7v2.mllp import Connection
from yuanzhen.data.exchange.hl7v2.oru import ack_of
from yuanzhen.data.intake import contacts, interfaces
from yuanzhen.data.intake import outgoing_store as outgoing
from yuanzhen.data.intake.interfaces import EditPeer, PeerLine, Peers
from yuanzhen.infrastructure import settings
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.news import last
from yuanzhen.infrastructure.errors import Conflict, Forbidden, Invalid, NotFound
from yuanzhen.programs import sending
from yuanzhen.programs.senders import Senders, hl7_door
from yuanzhen.programs.trust import Trust

pytestmark = pytest.mark.slow

PEERS = """
INSERT INTO security.peer (id, name, institution, hl7_facility, charset, ae, hl7_to, sends) VALUES
  ('his-liuhe', '柳河 HIS', 'liuhe', 'LIUHE', '', '', '127.0.0.1:1', '{ADT}'),
  ('ct-liuhe', '柳河 CT', 'liuhe', '', '', 'LIUHE_CT', '', '{}'),
  ('his-baishi', '白石 HIS', 'baishi', 'BAISHI', '', '', '', '{}')
"""
SENT = text("ADT^A04", "EVN|A04\rPID|1||00001^^^LIUHE^MR||孙^宝||20250101|M\r")
STRANGE = SENT.replace("|HIS|LIUHE|", "|HIS|XIANZHONGYI|")
AS_IT_IS = EditPeer("", "default", "LIUHE", "", "127.0.0.1:1", "", ["ADT"])


@pytest.fixture
async def senders(ward: Ward, home: Home, tmp_path: Path) -> Senders:
    """The doors of a home that was opened beyond this machine, so that nobody is let in unenrolled."""
    await home.run(PEERS)
    trust = Trust(settings.read({"YUANZHEN_HOME": str(tmp_path), "YUANZHEN_TRUST_LOOPBACK": "0"}, {}))
    return Senders(ward.db, trust)


# A sequence counts what its transaction then takes back.
FULL_DISK = """
CREATE SEQUENCE public.refused;
CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  PERFORM nextval('public.refused');
  RAISE EXCEPTION 'no room' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON intake.contact FOR EACH ROW EXECUTE FUNCTION public.full_disk();
"""
ROOM_AGAIN = """
DROP TRIGGER full_disk ON intake.contact; DROP FUNCTION public.full_disk; DROP SEQUENCE public.refused
"""


async def told(senders: Senders, ward: Ward, message: str, address: str = "127.0.0.1") -> str:
    """What a message is answered; afterwards what was heard is written down."""
    answer = await hl7_door(senders, ward.intake)(message.encode(), Connection(address))
    await senders.contacts.flush()
    return ack_of(answer).code


async def seen(ward: Ward, by: Actor = OFFICER) -> Peers:
    async with ward.db.look(by) as look:
        return await interfaces.overview(look)


async def line(ward: Ward, id: str) -> PeerLine:
    return next(one for one in (await seen(ward)).items if one.id == id)


async def switched(ward: Ward, id: str, *, off: bool, by: Actor = OFFICER, reason: str = "更换服务器") -> None:
    async with ward.db.verb(by) as tx:
        await interfaces.switch(tx, id, off=off, reason=reason if off else "")


async def edited(ward: Ward, id: str, told: EditPeer, by: Actor = OFFICER) -> None:
    async with ward.db.verb(by) as tx:
        await interfaces.edit(tx, id, told)


# ---- at a glance


async def test_who_was_heard_is_shown_with_what_came_last(ward: Ward, senders: Senders) -> None:
    assert await told(senders, ward, SENT) == "AA"
    his = await line(ward, "his-liuhe")
    (door,) = his.doors
    assert (door.door, door.address, door.refused) == ("hl7", "127.0.0.1", None)
    assert door.seen is not None
    assert his.incoming.last is not None
    assert (his.incoming.last.kind, his.incoming.last.state) == ("ADT^A04", "taken")
    assert (await line(ward, "ct-liuhe")).doors == []


async def test_a_stranger_is_shown_by_what_it_calls_itself_until_somebody_enrols_it(
    ward: Ward, home: Home, senders: Senders
) -> None:
    for _ in range(3):
        assert await told(senders, ward, STRANGE, "10.0.0.9") == "AE"
    (stranger,) = (await seen(ward)).strangers
    assert (stranger.name, stranger.address, stranger.refusals) == ("XIANZHONGYI", "10.0.0.9", 3)
    assert stranger.code == "peer.not_enrolled"
    await home.run("UPDATE security.peer SET hl7_facility = 'XIANZHONGYI' WHERE id = 'his-baishi'")
    assert (await seen(ward)).strangers == []


async def test_an_enrolled_one_that_speaks_in_clear_is_shown_as_refused(ward: Ward, senders: Senders) -> None:
    assert await told(senders, ward, SENT, "10.0.0.9") == "AE"
    (door,) = (await line(ward, "his-liuhe")).doors
    assert (door.seen, door.code, door.refusals) == (None, "peer.must_use_tls", 1)
    with pytest.raises(Forbidden):
        await senders.dicom("LIUHE_CT", "10.0.0.9", False)
    await senders.dicom("LIUHE_CT", "10.0.0.9", True)
    await senders.contacts.flush()
    (door,) = (await line(ward, "ct-liuhe")).doors
    assert door.seen is not None and door.refused is not None and door.seen >= door.refused


async def test_of_strangers_only_so_many_are_kept(ward: Ward, home: Home, senders: Senders) -> None:
    for number in range(contacts.MOST_AT_ONCE + 50):
        with pytest.raises(Forbidden):
            await senders.dicom(f"A{number}", "10.0.0.9", True)
    await senders.contacts.flush()
    (kept,) = await home.rows("SELECT count(*) AS n FROM intake.contact WHERE peer = ''")
    assert kept["n"] == contacts.MOST_STRANGERS


async def test_the_queue_shows_what_its_head_waits_for(ward: Ward, home: Home, senders: Senders) -> None:
    async with ward.db.verb(system("relay")) as tx:
        ids = [await outgoing.enqueue(tx, "his-liuhe", "liuhe", "ADT", {"patient": ward.patient}) for _ in range(3)]
    await home.run(f"UPDATE intake.outgoing SET state = 'dead' WHERE id = '{ids[0]}'")
    await home.run(f"UPDATE intake.outgoing SET tries = 2, code = 'hl7.unreachable' WHERE id = '{ids[1]}'")
    queue = (await line(ward, "his-liuhe")).outgoing
    assert (queue.waiting, queue.dead, queue.tries, queue.code) == (2, 1, 2, "hl7.unreachable")
    assert queue.oldest is not None


async def test_an_officer_of_a_house_sees_its_systems_alone(ward: Ward, senders: Senders) -> None:
    await told(senders, ward, STRANGE, "10.0.0.9")
    assert {one.id for one in (await seen(ward)).items} == {"his-liuhe", "ct-liuhe", "his-baishi"}
    assert {one.id for one in (await seen(ward, TOWN_OFFICER)).items} == {"his-liuhe", "ct-liuhe"}
    assert (await seen(ward, OTHER_OFFICER)).strangers == []


# ---- what wakes open pages


@pytest.mark.parametrize("wakes", ["a message", "the queue", "a switch"])
async def test_whatever_changes_wakes_the_pages_of_the_house(ward: Ward, senders: Senders, wakes: str) -> None:
    async def queued() -> None:
        async with ward.db.verb(system("relay")) as tx:
            await outgoing.enqueue(tx, "his-liuhe", "liuhe", "ADT", {"patient": ward.patient})

    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "a message": lambda: told(senders, ward, SENT),
        "the queue": queued,
        "a switch": lambda: switched(ward, "his-liuhe", off=True),
    }
    before = await last(ward.db, "exchange/liuhe"), await last(ward.db, "exchange/baishi")
    await acts[wakes]()
    assert await last(ward.db, "exchange/liuhe") > before[0]
    assert await last(ward.db, "exchange/baishi") == before[1]


async def test_what_was_heard_is_written_down_by_itself(ward: Ward, senders: Senders) -> None:
    running = asyncio.create_task(senders.contacts.run())
    senders.contacts.heard("hl7", HIS, "127.0.0.1")
    async with asyncio.timeout(10):
        while not (await line(ward, "his-liuhe")).doors:
            pass
    running.cancel()


async def test_what_was_heard_while_the_disk_was_full_is_written_down_when_there_is_room(
    ward: Ward, home: Home, senders: Senders
) -> None:
    await home.run(FULL_DISK)
    running = asyncio.create_task(senders.contacts.run())
    senders.contacts.heard("hl7", HIS, "127.0.0.1")
    async with asyncio.timeout(10):
        while not (await home.rows("SELECT is_called FROM public.refused"))[0]["is_called"]:
            pass
    await home.run(ROOM_AGAIN)
    async with asyncio.timeout(10):
        while not (await line(ward, "his-liuhe")).doors:
            pass
    running.cancel()


# ---- off and on


async def test_one_that_is_off_is_turned_away_and_what_is_for_it_waits(
    ward: Ward, home: Home, senders: Senders
) -> None:
    await switched(ward, "his-liuhe", off=True)
    await switched(ward, "ct-liuhe", off=True)
    assert await told(senders, ward, SENT) == "AE"
    with pytest.raises(Forbidden, match=r"peer\.off"):
        await senders.dicom("LIUHE_CT", "127.0.0.1", False)
    async with ward.db.verb(system("relay")) as tx:
        id = await outgoing.enqueue(tx, "his-liuhe", "liuhe", "ADT", {"patient": ward.patient})
    deliver = sending.sender(ward.db, ward.vault, ssl.create_default_context(), lambda: NOW)
    for _ in range(sending.SILENCES + 1):
        with pytest.raises(Exception, match=r"peer\.off"):
            await deliver({"id": id, "order_key": "his-liuhe"})
    his = await line(ward, "his-liuhe")
    assert (his.off, his.doors[0].code, his.outgoing.waiting, his.outgoing.dead) == (True, "peer.off", 1, 0)
    assert (his.outgoing.code, his.outgoing.tries) == ("peer.off", 0)
    await switched(ward, "his-liuhe", off=False)
    assert await told(senders, ward, SENT) == "AA"
    rows = await home.rows("SELECT reason FROM security.trail WHERE verb = 'exchange.switch_peer' ORDER BY id")
    assert [row["reason"] for row in rows] == ["off 更换服务器", "off 更换服务器", "on"]


async def test_a_switch_wants_a_reason_an_officer_and_a_house_of_theirs(ward: Ward, senders: Senders) -> None:
    with pytest.raises(Invalid, match=r"exchange\.reason"):
        await switched(ward, "his-liuhe", off=True, reason=" ")
    with pytest.raises(Forbidden, match=r"exchange\.not_yours"):
        await switched(ward, "his-liuhe", off=True, by=ASKER)
    with pytest.raises(NotFound, match=r"peer\.unknown"):
        await switched(ward, "his-liuhe", off=True, by=OTHER_OFFICER)
    assert not (await line(ward, "his-liuhe")).off


# ---- how it is read and reached


async def test_a_character_set_that_is_corrected_counts_from_the_next_message_on(ward: Ward, senders: Senders) -> None:
    told_so = EditPeer("GB 18030-2000", "default", "LIUHE", "HIS_AE", "10.1.1.1:2575", "", ["ADT", "ORU"])
    await edited(ward, "his-liuhe", told_so, TOWN_OFFICER)
    his = await line(ward, "his-liuhe")
    assert (his.charset, his.ae, his.hl7_to, his.sends) == ("GB 18030-2000", "HIS_AE", "10.1.1.1:2575", ["ADT", "ORU"])
    data = SENT.replace("UNICODE UTF-8", "").encode("gb18030")
    answer = await hl7_door(senders, ward.intake)(data, Connection("127.0.0.1"))
    assert ack_of(answer).code == "AA"
    rows = await ward.db.once(system("relay"), "SELECT content FROM records.resource WHERE content::text LIKE '%孙宝%'")
    assert len(rows) == 1


async def test_what_waited_for_a_character_set_is_taken_when_all_of_it_is_tried_again(
    ward: Ward, senders: Senders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interfaces, "AT_ONCE", 2)
    door, came = hl7_door(senders, ward.intake), SENT.replace("UNICODE UTF-8", "")
    for nth in range(3):
        told = came.replace("00001", f"1000{nth}").encode("gb18030")
        assert ack_of(await door(told, Connection("127.0.0.1"))).code == "AA"
    unknown = text("ORU^R01", "PID|1||404^^^LIUHE^MR\rOBR|1||F|A\rOBX|1|NM|B||1\r")
    await door(unknown.encode(), Connection("127.0.0.1"))
    assert (await line(ward, "his-liuhe")).incoming.waiting == 4
    await edited(ward, "his-liuhe", msgspec.structs.replace(AS_IT_IS, charset="GB 18030-2000"), TOWN_OFFICER)
    first = await interfaces.try_again(ward.db, TOWN_OFFICER, "his-liuhe", "")
    assert (first.taken, first.waiting, first.next is None) == (2, 0, False)
    second = await interfaces.try_again(ward.db, TOWN_OFFICER, "his-liuhe", first.next or "")
    assert (second.taken, second.waiting) == (1, 1)  # nobody knows that patient yet
    assert (await line(ward, "his-liuhe")).incoming.waiting == 1
    with pytest.raises(NotFound, match=r"peer\.unknown"):
        await interfaces.try_again(ward.db, OTHER_OFFICER, "his-liuhe", "")
    with pytest.raises(Forbidden, match=r"exchange\.not_yours"):
        await interfaces.try_again(ward.db, ASKER, "his-liuhe", "")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("charset", "EBCDIC", "exchange.charset"),
        ("dialect", "klingon", "exchange.dialect"),
        ("hl7_to", "nowhere", "peer.address"),
        ("ae", "A" * 17, "peer.ae"),
        ("sends", ["XYZ"], "peer.sends"),
    ],
)
async def test_what_cannot_be_so_is_refused_with_its_place(
    ward: Ward, senders: Senders, field: str, value: object, code: str
) -> None:
    wrong = EditPeer(**{**{name: getattr(AS_IT_IS, name) for name in AS_IT_IS.__struct_fields__}, field: value})
    with pytest.raises(Invalid, match=code.replace(".", r"\.")) as refused:
        await edited(ward, "his-liuhe", wrong)
    assert refused.value.place is not None and field.startswith(refused.value.place)


async def test_a_mark_that_another_has_is_refused(ward: Ward, senders: Senders) -> None:
    taken = EditPeer("", "default", "BAISHI", "", "", "", [])
    with pytest.raises(Conflict, match=r"peer\.taken"):
        await edited(ward, "his-liuhe", taken)
    with pytest.raises(NotFound):
        await edited(ward, "his-baishi", taken, TOWN_OFFICER)
