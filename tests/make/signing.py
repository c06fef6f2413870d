"""What becomes of a signed opinion, step by step, each with a factor shown just now."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.make.cases import NOW, Ward, factor
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinion import Texts
from yuanzhen.applications.consultation.opinions import service
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.security.approvals import service as approvals
from yuanzhen.security.approvals.model import Approval

BETTER = Texts("左侧低密度影，范围约 2 cm", "急性脑梗死，左侧大脑中动脉供血区", "已超出溶栓时间窗，转上级医院")
WHY = "方位写错"


async def added(ward: Ward, by: Actor, case: Case, text: str = "复查 CT 未见出血", *, at: datetime = NOW) -> None:
    async with ward.db.verb(by) as tx:
        await service.add(tx, ward.vault, factor(by, at), case.id, text, now=at)


async def amended(ward: Ward, by: Actor, case: Case, texts: Texts = BETTER, reason: str = WHY) -> Approval:
    async with ward.db.verb(by) as tx:
        return await service.amend(tx, ward.vault, factor(by), case.id, texts, reason, now=NOW)


async def withdrawn(ward: Ward, by: Actor, case: Case, reason: str = "患者搞错") -> Approval:
    async with ward.db.verb(by) as tx:
        return await service.withdraw(tx, ward.vault, factor(by), case.id, reason, now=NOW)


async def approved(ward: Ward, by: Actor, approval: str, *, after: timedelta = timedelta()) -> Approval:
    async with ward.db.verb(by) as tx:
        return await approvals.approve(
            tx, ward.vault, factor(by, NOW + after), approval, service.APPROVABLE, now=NOW + after
        )


async def rejected(ward: Ward, by: Actor, approval: str, words: str = "证据不足") -> Approval:
    async with ward.db.verb(by) as tx:
        return await approvals.reject(tx, factor(by), approval, service.APPROVABLE, words, now=NOW)
