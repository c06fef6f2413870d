"""Who may do what with a referral of the case's patient, that their house has sent to the expert's department.

Acts that are allowed are tried on one of another patient, brought to the state from which they lead on.
"""

from __future__ import annotations

from typing import Any

from tests.features.access.rows import LOGGED_IN, row
from tests.make.cases import ASKER, EXPERT, NOW, Ward
from yuanzhen.applications.referral import service
from yuanzhen.applications.referral.model import Given, Told
from yuanzhen.infrastructure.db.actor import Actor

REFERRAL = "/api/referrals/{referral}"
# Act -> what is done before, and what comes with it.
ACTS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "send": (("draft",), {}),
    "receive": ((), {}),
    "accept": ((), {}),
    "decline": ((), {"reason": "无床位"}),
    "need-more": ((), {"what": "用药清单"}),
    "supply": (("need-more",), {"text": "阿司匹林"}),
    "book": (("accept",), {"slots": ["{slot}"]}),
    "arrive": (("accept",), {}),
    "treat": (("accept", "arrive"), {}),
    "return": (("accept", "arrive"), {"outcome": "好转出院"}),
    "did-not-come": (("accept",), {"reason": "患者未到"}),
    "acknowledge": (("accept", "arrive", "return"), {}),
    "redirect": (("decline",), {"institution": "city", "department": "cardiology"}),
    "withdraw": ((), {"reason": "因故"}),
}
SENDERS = ("send", "supply", "acknowledge", "redirect", "withdraw")
_BY_SENDERS = "401 403 | 404* | 200 200 403 403 | 404"
_BY_RECEIVERS = "401 403 | 404* | 403 403 200 200 | 404"

REFERRALS = [
    row("POST", "/api/referrals", "401 403 | 403 403 404 404 403* | 201 201 404 422 | 403"),  # 422: to one's own house
    row("GET", "/api/referrals",  LOGGED_IN),
    row("GET", REFERRAL,          "401 200 | 404* | 200 200 200 200 | 404"),
    row("PUT", REFERRAL,          _BY_SENDERS),
    row("POST", REFERRAL + "/book", "401 403 | 404* | 200 200 200 200 | 404"),
    *(row("POST", f"{REFERRAL}/{act}", _BY_SENDERS if act in SENDERS else _BY_RECEIVERS)
      for act in ACTS if act != "book"),
]  # fmt: skip


def body(act: str, patient: str, slot: str) -> dict[str, Any]:
    """What is sent with an act; with none what a referral is made of."""
    if act in ACTS:
        given = ACTS[act][1]
        return {name: [slot] if name == "slots" else value for name, value in given.items()}
    return {"patient": patient, "institution": "city", "department": "neurology", "kind": "admission",
            "urgency": "urgent", "reason": "需住院"}  # fmt: skip


async def made(ward: Ward, patient: str, before: str) -> str:
    """A referral of a patient, as it has to be before an act (`write`: a draft)."""
    way = ("draft",) if before == "write" else ACTS[before][0] if before else ()
    told = Told(**{**body("", patient, ""), "patient": patient})
    async with ward.db.verb(ASKER) as tx:
        one = await service.begin(tx, told, send=way != ("draft",), idempotency=None, now=NOW)
    for act in way:
        by: Actor = ASKER if act in SENDERS else EXPERT
        if act != "draft":
            async with ward.db.verb(by) as tx:
                await service.act(tx, act, one.id, Given(**body(act, patient, "")), now=NOW)
    return one.id
