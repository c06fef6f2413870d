"""The printed page of an opinion: what it says, and its bytes, the same for the same words on every machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import typst

from yuanzhen.applications.consultation.opinion import Signed
from yuanzhen.applications.consultation.opinions.letters import drawn, fonts
from yuanzhen.data.masking.identity import Shown
from yuanzhen.security.crypto import sm3
from yuanzhen.security.identity.model import crockford

TEMPLATE = Path(__file__).with_name("opinion.typ")
BEIJING = timezone(timedelta(hours=8))
SEX = {"male": "男 male", "female": "女 female", "other": "其他 other"}


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an opinion: names that the case holds as ids, and the patient as the reader may see them."""

    department: str
    institution: str
    asked_by: str
    asking: str
    patient: Shown
    names: dict[str, str]
    cosigners: Sequence[tuple[str, datetime]] = ()
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """All words of the page, as the template takes them."""

    house: str
    title: str
    subtitle: str
    warning: str
    facts: list[tuple[str, str]]
    parts: list[tuple[str, str]]
    signatures: list[str]
    signed: str
    code: str
    check: str


def code_of(signed: Signed) -> str:
    """The short name of a signed version, to read aloud: 80 bits of SM3 over its signature."""
    digits = crockford(int.from_bytes(sm3.digest(b"printed " + signed.signature.value.encode())[:10]), 16)
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def told(question: str, signed: Signed, addenda: Sequence[Signed], around: Around) -> Told:
    """What the page of one version says; of a withdrawn one that it is withdrawn, why, and nothing else."""
    code, patient = code_of(signed), around.patient
    withdrawn = signed.kind == "withdrawal"
    texts = signed.texts
    parts = [("会诊问题 Question", question)]
    if not withdrawn:
        parts += [
            ("所见 Findings", texts.findings),
            ("结论 Conclusion", texts.conclusion),
            ("建议 Advice", texts.advice),
        ]
        parts += [(f"补充 Addendum {_moment(one.signature.at)}", one.addendum) for one in addenda]
    if signed.kind == "amendment":
        parts.append(("更正原因 Why it was corrected", signed.reason))
    return Told(
        house=f"{around.institution} {around.department}".strip(),
        title="远程会诊意见书",
        subtitle=f"Teleconsultation opinion · 第 {signed.version} 版 version {signed.version}",
        warning=f"本意见已撤回，请勿据此诊疗。\nThis opinion is withdrawn; do not act on it.\n{signed.reason}"
        if withdrawn
        else "",
        facts=[
            ("姓名 Name", patient.name),
            ("性别 Sex", SEX.get(patient.sex, "—")),
            ("出生 Born", patient.birth_date or "—"),
            ("编号 Number", patient.number or "—"),
            ("申请 Asked by", f"{around.asked_by} {around.asking}".strip()),
            ("签署 Signed", _moment(signed.signature.at)),
        ],
        parts=[part for part in parts if part[1].strip()],
        signatures=_signatures(signed, around),
        signed="SM2 电子签名；核验时逐字节比对 SM2 signatures; the check compares every byte",
        code=code,
        check=f"核验：在 /check 页面放入本文件  Verify: drop this file on the page /check  ·  {code}",
    )


def _signatures(signed: Signed, around: Around) -> list[str]:
    lines = [f"签署 Signed by  {around.names.get(signed.signer, signed.signer)}  {_moment(signed.signature.at)}"]
    lines += [
        f"联合签署 Signed as well by  {around.names.get(who, who)}  {_moment(at)}" for who, at in around.cosigners
    ]
    if around.approved_by:
        lines.append(f"批准 Approved by  {around.names.get(around.approved_by, around.approved_by)}")
    return lines


def rendered(page: Told) -> bytes:
    """The PDF. It names no moment of printing, and its letters come from packages that are pinned."""
    return typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=fonts(),
        sys_inputs={"told": drawn(json.dumps(asdict(page), ensure_ascii=False))},
        timestamp=0,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(sep=" ", timespec="seconds")
