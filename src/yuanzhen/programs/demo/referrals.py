"""Who is being referred when a visitor comes: a referral in most states, played by the product's verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from yuanzhen.applications.referral import service
from yuanzhen.applications.referral.model import Given, Kind, Told
from yuanzhen.collaboration.calendar import store as calendar
from yuanzhen.collaboration.calendar.model import Span, Urgency
from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.actor import Actor, system
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.errors import Conflict, NotFound
from yuanzhen.programs.demo import region
from yuanzhen.programs.demo.crowd import Told as Patient
from yuanzhen.programs.demo.kept import Kept
from yuanzhen.security.policy import directory

BOOKED_AHEAD, WEEK = timedelta(days=1, hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what with a referral; `book` takes the first free hour of the one who books."""

    by: str
    act: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Referred:
    """Which patient of a house (by number from 0) is referred by whom to which department, or back to their house."""

    house: str
    patient: int
    by: str
    department: str  # '' for the house of the patient: down
    reason: str
    steps: tuple[Step, ...] = ()
    kind: Kind = "admission"
    urgency: Urgency = "routine"
    plan: str = ""
    send: bool = True
    hours_ago: float = 1


_IN = (Step("linhai", "receive"), Step("linhai", "accept"))
_HERE = (*_IN, Step("linhai", "arrive"))
_OUTCOME = {"outcome": "头颅 MR 未见新发梗死，调整抗血小板和降压方案后症状缓解出院。",
            "plan": "氯吡格雷 75 mg 每日 1 次；血压目标 130/80；四周后神经内科复诊。"}  # fmt: skip
REFERRALS: tuple[Referred, ...] = (
    Referred("liushu", 0, "xujing", "心血管内科", "两药联用血压仍高，需查继发性高血压。", send=False),
    Referred("liushu", 1, "xujing", "神经内科", "双足麻木加重，需肌电图检查。", kind="examination", urgency="urgent"),
    Referred("baishi", 1, "zhaolei", "神经内科", "反复头晕伴行走不稳，需住院查因。", (Step("linhai", "receive"),)),
    Referred("liushu", 2, "xujing", "神经内科", "支架术后头晕，需评估抗栓方案。",
             (Step("linhai", "receive"), Step("linhai", "need-more", {"what": "请补充近一月血小板计数。"}))),
    Referred("baishi", 2, "zhaolei", "神经内科", "右手动作迟缓半年，疑帕金森病。", _IN, kind="outpatient"),
    Referred("liushu", 3, "xujing", "神经内科", "心房颤动，短暂性脑缺血发作两次。", (*_IN, Step("linhai", "book")),
             kind="outpatient", urgency="urgent"),
    Referred("baishi", 3, "zhaolei", "神经内科", "突发言语不清两小时。", _HERE, urgency="emergency", hours_ago=0.1),
    Referred("liushu", 5, "xujing", "神经内科", "反复黑矇，颈动脉杂音。",
             (*_HERE, Step("linhai", "treat"), Step("linhai", "return", _OUTCOME))),
    Referred("liushu", 6, "xujing", "神经内科", "偏头痛，预防用药。", (*_HERE, Step("linhai", "return", {
        "outcome": "确诊无先兆偏头痛，予预防治疗。", "plan": "氟桂利嗪 5 mg 每晚一次，两月后评估。"}),
        Step("xujing", "acknowledge")), kind="outpatient"),
    Referred("baishi", 6, "zhaolei", "神经外科", "腰椎间盘突出，保守治疗无效。",
             (Step("linhai", "decline", {"reason": "建议先转骨科评估手术指征。"}),)),
    Referred("baishi", 7, "zhaolei", "肾内科", "肌酐半年升高 20 μmol/L，需专科评估。", urgency="urgent", hours_ago=30),
    Referred("liushu", 7, "xujing", "神经内科", "短暂性脑缺血发作，需住院评估。", _HERE),
    Referred("liushu", 7, "linhai", "", "卒中高危，已完成评估，病情稳定，转回当地随访。", kind="follow-up",
             plan="氯吡格雷 75 mg 每日 1 次；每周测血压两次；四周后复诊。"),
)  # fmt: skip


async def play(db: Database, kept: Kept, number: int, one: Referred, known: Sequence[Patient]) -> None:
    """One of the table from its begin to its last step; played again it goes on where it was left."""
    home = kept.houses[one.house]
    of_house = [each.patient for each in known if each.patient.house == one.house]
    patient = await region.patient_of(db, home, of_house[one.patient])
    institution, department = await _receiver(db, one.department) if one.department else (home, "")
    told = Told(
        patient=patient, institution=institution, department=department, kind=one.kind, urgency=one.urgency,
        reason=one.reason, plan=one.plan,
    )  # fmt: skip
    asked = clock.now() - timedelta(hours=one.hours_ago)
    async with db.verb(_actor(kept, one.by)) as tx:
        made = await service.begin(tx, told, send=one.send, idempotency=f"demo-referral-{number}", now=asked)
    for step in one.steps:
        await _step(db, kept, made.id, step)


async def _receiver(db: Database, name: str) -> tuple[str, str]:
    """The house and the id of a department of the city hospital."""
    async with db.look(system("relay")) as look:
        found = [one for one in await directory.departments(look) if one.name == name]
    if not found:
        raise NotFound("demo.no_department", place=name)
    return found[0].institution, found[0].id


async def _step(db: Database, kept: Kept, referral: str, step: Step) -> None:
    actor, given = _actor(kept, step.by), dict(step.given)
    if step.act == "book":
        given["slots"] = await _hour(db, actor)
    try:
        async with db.verb(actor) as tx:
            await service.act(tx, step.act, referral, Given(**given), now=clock.now())
    except Conflict:
        return  # played before a stop


async def _hour(db: Database, actor: Actor) -> tuple[str, ...]:
    """The first free hour of the one who books."""
    start = clock.now() + BOOKED_AHEAD
    async with db.look(actor) as look:
        found = await calendar.slots_of(look, [actor.id], Span(start, start + WEEK))
    return tuple(one.id for one in found if not (one.taken or one.absent))[:1]


def _actor(kept: Kept, login: str) -> Actor:
    one = kept.logins[login]
    return Actor("person", one.id, one.role, one.institution, origin="demo")
