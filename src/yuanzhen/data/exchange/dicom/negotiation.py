"""Who proposes what at an association and what is agreed (PS3.8 9.3, PS3.7 annex D). pynetdicom knows the bytes."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
)
from pynetdicom.presentation import PresentationContext, build_context

from yuanzhen.data.exchange.dicom import files
from yuanzhen.infrastructure.errors import Malformed

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
FIND = {"1.2.840.10008.5.1.4.1.2.1.1": "PATIENT", "1.2.840.10008.5.1.4.1.2.2.1": "STUDY"}
MOVE = {"1.2.840.10008.5.1.4.1.2.1.2": "PATIENT", "1.2.840.10008.5.1.4.1.2.2.2": "STUDY"}
GET = {"1.2.840.10008.5.1.4.1.2.1.3": "PATIENT", "1.2.840.10008.5.1.4.1.2.2.3": "STUDY"}
PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
OURS = re.compile(r"1\.2\.840\.10008\.")  # the standard's own root: beside it every class is private

# PS3.8 table 9-18
ACCEPTED, NO_REASON, ABSTRACT_SYNTAX, TRANSFER_SYNTAX = 0, 2, 3, 4
MAX_CONTEXTS = 128
DEFAULT_PDU = 16384
SMALLEST_PDU = 1024
PEERS = 64  # whose last proposal is remembered


@dataclass(frozen=True, slots=True)
class Context:
    """One agreed presentation context; `sends` when the other side takes instances on it (role SCP)."""

    id: int
    abstract_syntax: str
    transfer_syntax: str
    sends: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a requestor proposed. `roles`: abstract syntax -> whether it offers to be SCU, SCP."""

    version: int
    application_context: str
    calling: str
    called: str
    contexts: tuple[tuple[int, str, tuple[str, ...]], ...]
    roles: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    pdu_bytes: int = DEFAULT_PDU


@dataclass(frozen=True, slots=True)
class Agreed:
    """The contexts by id, and how long a PDU the other side takes."""

    contexts: dict[int, Context]
    pdu_bytes: int


@functools.cache
def is_storage(abstract_syntax: str) -> bool:
    """Whether a SOP class holds instances: the standard's own, retired ones among them, and every private one."""
    if not OURS.match(abstract_syntax):
        return True
    known = UID(abstract_syntax)
    kept = "Storage" in known.name and not any(word in known.name for word in ("Commitment", "Directory", "Management"))
    return known.type == "SOP Class" and kept


@functools.lru_cache(PEERS)
def proposal_of(pdu: bytes) -> Proposal:
    """An A-ASSOCIATE-RQ. Raises Malformed `dicom.association` for what is none.

    Remembered, as the answer is: a peer proposes the same each time, and to read 128 contexts and answer them takes
    longer than to take an image in.
    """
    files.keep_quiet()
    try:
        request = A_ASSOCIATE_RQ()
        request.decode(pdu)
        told = request.to_primitive()
        contexts = tuple(
            (int(one.context_id or 0), str(one.abstract_syntax), tuple(str(syntax) for syntax in one.transfer_syntax))
            for one in told.presentation_context_definition_list
        )
        roles = {
            str(one.sop_class_uid): (bool(one.scu_role), bool(one.scp_role))
            for one in told.user_information
            if isinstance(one, SCP_SCU_RoleSelectionNegotiation)
        }
        return Proposal(
            int(request.protocol_version or 0),
            str(told.application_context_name or ""),
            str(told.calling_ae_title).strip(),
            str(told.called_ae_title).strip(),
            contexts,
            roles,
            _pdu_bytes(told.user_information),
        )
    except Exception:  # noqa: BLE001  the library raises whatever its struct and str calls raise
        raise Malformed("dicom.association", rule="PS3.8 9.3.2") from None


@functools.lru_cache(PEERS)
def answered(pdu: bytes, pdu_bytes: int) -> tuple[Agreed, bytes]:
    """What we take of an A-ASSOCIATE-RQ, and the A-ASSOCIATE-AC that says so. Raises as `proposal_of`."""
    proposal = proposal_of(pdu)
    agreement, refused = agreed(proposal)
    return agreement, acceptance(proposal, agreement, refused, pdu_bytes)


def agreed(proposal: Proposal) -> tuple[Agreed, list[tuple[int, int]]]:
    """What we take of a proposal, and why not the rest (context, PS3.8 table 9-18).

    Instances are taken in whatever transfer syntax the requestor names first, and kept so.
    """
    contexts, refused = {}, []
    for id, abstract, syntaxes in proposal.contexts[:MAX_CONTEXTS]:
        supported = abstract == VERIFICATION or abstract in FIND | MOVE | GET or is_storage(abstract)
        chosen = _chosen(abstract, syntaxes, proposal.roles.get(abstract, (True, False))[1])
        if not supported or id % 2 == 0:
            refused.append((id, ABSTRACT_SYNTAX))
        elif chosen is None:
            refused.append((id, TRANSFER_SYNTAX))
        else:
            sends = is_storage(abstract) and proposal.roles.get(abstract, (True, False))[1]
            contexts[id] = Context(id, abstract, chosen, sends)
    return Agreed(contexts, proposal.pdu_bytes), refused


def _chosen(abstract: str, syntaxes: tuple[str, ...], takes: bool) -> str | None:
    valid = [one for one in syntaxes if UID(one).is_valid]
    if is_storage(abstract) and not takes:
        return valid[0] if valid else None
    plain = [one for one in PLAIN if one in valid]
    if is_storage(abstract):  # we shall send on it: as it lies there if that is all there is, else plain
        return plain[0] if plain else valid[0] if valid else None
    return next((one for one in valid if one in PLAIN), None)


def acceptance(proposal: Proposal, agreement: Agreed, refused: list[tuple[int, int]], pdu_bytes: int) -> bytes:
    """The A-ASSOCIATE-AC."""
    told = A_ASSOCIATE()
    told.application_context_name = UID(APPLICATION_CONTEXT)
    told.calling_ae_title = proposal.calling
    told.called_ae_title = proposal.called
    told.result, told.result_source = 0, 1
    told.presentation_context_definition_results_list = [
        *(_result(one.id, one.transfer_syntax, ACCEPTED) for one in agreement.contexts.values()),
        *(_result(id, ImplicitVRLittleEndian, why) for id, why in refused),
    ]
    used = {one.abstract_syntax: one for one in agreement.contexts.values()}
    roles = []
    for abstract, (scu, scp) in proposal.roles.items():
        if abstract in used:
            role = SCP_SCU_RoleSelectionNegotiation()
            role.sop_class_uid, role.scu_role, role.scp_role = UID(abstract), scu, scp and used[abstract].sends
            roles.append(role)
    told.user_information = [*_ourselves(pdu_bytes), *roles]
    answer = A_ASSOCIATE_AC()
    answer.from_primitive(told)
    encoded: bytes = answer.encode()
    return encoded


def request(calling: str, called: str, wanted: Iterable[tuple[str, str]], pdu_bytes: int) -> bytes:
    """An A-ASSOCIATE-RQ of ours: a context for each abstract and transfer syntax."""
    told = A_ASSOCIATE()
    told.application_context_name = UID(APPLICATION_CONTEXT)
    told.calling_ae_title, told.called_ae_title = calling, called
    for number, (abstract, syntax) in enumerate(wanted):
        context = build_context(abstract, syntax)
        context.context_id = 2 * number + 1
        told.presentation_context_definition_list.append(context)
    told.user_information = _ourselves(pdu_bytes)
    asked = A_ASSOCIATE_RQ()
    asked.from_primitive(told)
    encoded: bytes = asked.encode()
    return encoded


def acceptance_of(pdu: bytes, wanted: Iterable[tuple[str, str]]) -> Agreed:
    """What the other side took of our request. Raises Malformed `dicom.association`."""
    asked = list(wanted)
    try:
        answer = A_ASSOCIATE_AC()
        answer.decode(pdu)
        told = answer.to_primitive()
        results = told.presentation_context_definition_results_list
        contexts = {
            id: Context(id, *asked[id // 2], sends=True)
            for id in (int(one.context_id or 0) for one in results if one.result == ACCEPTED)
        }
        return Agreed(contexts, _pdu_bytes(told.user_information))
    except Exception:  # noqa: BLE001  as in `proposal_of`
        raise Malformed("dicom.association", rule="PS3.8 9.3.3") from None


def rejection(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ (PS3.8 table 9-21)."""
    return struct.pack(">BBLBBBB", 3, 0, 4, 0, result, source, reason)


def _result(id: int, syntax: str, result: int) -> PresentationContext:
    context = PresentationContext()
    context.context_id, context.transfer_syntax, context.result = id, [UID(syntax)], result
    return context


def _ourselves(pdu_bytes: int) -> list[Any]:
    length, implementation, version = (
        MaximumLengthNotification(),
        ImplementationClassUIDNotification(),
        ImplementationVersionNameNotification(),
    )
    length.maximum_length_received = pdu_bytes
    implementation.implementation_class_uid = files.IMPLEMENTATION
    version.implementation_version_name = "YUANZHEN"
    return [length, implementation, version]


def _pdu_bytes(told: Iterable[Any]) -> int:
    """How long a PDU the other side takes; 0 means as long as we like (PS3.8 D.1)."""
    named = next((int(one.maximum_length_received) for one in told if isinstance(one, MaximumLengthNotification)), 0)
    return max(min(named or 1 << 17, 1 << 17), SMALLEST_PDU)
