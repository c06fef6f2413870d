"""What is refused is kept, also where the state of a case allows the act and something else forbids it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import Home
from tests.make.cases import ASKER, BORN, EXPERT, NAME, NOW, OPINION, SECOND, Ward, factor
from tests.make.signing import amended, withdrawn
from yuanzhen.applications.consultation import requests, service
from yuanzhen.applications.consultation.model import Case
from yuanzhen.applications.consultation.opinions import service as opinions
from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.infrastructure.errors import Conflict

pytestmark = pytest.mark.slow


async def cosigns(ward: Ward, case: Case, by: Actor, version: int = 1) -> None:
    async with ward.db.verb(by) as tx:
        await opinions.cosign(tx, ward.vault, factor(by), case.id, version, now=NOW)


async def signs_what_was_seen(ward: Ward, case: Case, on: int) -> None:
    async with ward.db.verb(EXPERT) as tx:
        await service.sign(tx, ward.vault, factor(EXPERT), case.id, name=NAME, birth_date=BORN, on=on, now=NOW)


async def cosign_again(ward: Ward) -> None:
    case = await ward.signed()
    await cosigns(ward, case, SECOND)
    await cosigns(ward, case, SECOND)


async def cosign_what_is_not_the_newest(ward: Ward) -> None:
    await cosigns(ward, await ward.signed(), SECOND, version=2)


async def save_on_an_old_draft(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    async with ward.db.verb(EXPERT) as tx:
        await service.write(tx, case.id, OPINION, on=0, now=NOW)


async def sign_another_draft_than_was_seen(ward: Ward) -> None:
    case = await ward.accepted()
    await ward.write(EXPERT, case)
    await signs_what_was_seen(ward, case, on=2)


async def ask_in_who_is_in(ward: Ward) -> None:
    case = await ward.act(EXPERT, "invite", await ward.accepted())
    await ward.act(EXPERT, "invite", case)


async def correct_what_waits(ward: Ward) -> None:
    case = await ward.signed()
    await amended(ward, EXPERT, case)
    await withdrawn(ward, SECOND, case)


async def draft_what_was_sent(ward: Ward) -> None:
    await ward.ask(idempotency="k1")
    draft = requests.RequestDraft("k1", question="又写了一句")
    await requests.keep(ward.db, ASKER, ward.patient, draft, NOW)


REFUSED: dict[str, tuple[Callable[[Ward], Awaitable[None]], tuple[str, str, str]]] = {
    "cosign again": (cosign_again, ("gaoming", "opinion.cosign", "opinion.signed_by_you")),
    "cosign old": (cosign_what_is_not_the_newest, ("gaoming", "opinion.cosign", "opinion.changed")),
    "save on an old draft": (save_on_an_old_draft, ("chenyuan", "consultation.write", "opinion.draft_newer")),
    "sign unseen": (sign_another_draft_than_was_seen, ("chenyuan", "consultation.sign", "opinion.draft_newer")),
    "ask in twice": (ask_in_who_is_in, ("chenyuan", "consultation.invite", "consultation.already_in")),
    "correct twice": (correct_what_waits, ("gaoming", "approval.ask", "approval.waits")),
    "draft again": (draft_what_was_sent, ("xujing", "consultation.draft-request", "consultation.asked_already")),
}


@pytest.mark.parametrize("tried", REFUSED)
async def test_it_stands_in_the_trail(ward: Ward, home: Home, tried: str) -> None:
    attempt, (who, verb, code) = REFUSED[tried]
    with pytest.raises(Conflict) as refused:
        await attempt(ward)
    assert refused.value.code == code
    assert (await home.trail())[-1] == (who, verb, 4, code)
