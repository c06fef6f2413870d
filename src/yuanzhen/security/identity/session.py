"""What a door holds of a caller who proved who they are: values only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import msgspec

from yuanzhen.infrastructure.db.actor import Actor
from yuanzhen.security.identity.model import Next, Role
from yuanzhen.security.identity.scopes import Scopes


class Caller(msgspec.Struct, frozen=True):
    """From where a call comes, and its request's id: what the trail wants to know of somebody yet unknown."""

    origin: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A person who showed password and second factor. `only_enrol`: the one-time password is still to be changed."""

    id: str
    person: str
    name: str
    role: Role
    institution: str
    patient: str
    factor_at: datetime
    csrf: str
    only_enrol: bool

    def actor(self, caller: Caller) -> Actor:
        """This person as row-level security knows them; patients look at what is their own."""
        purpose = "patient-request" if self.role == "patient" else "treatment"
        return Actor("person", self.person, self.role, self.institution, self.patient, purpose, caller.origin,
                     caller.request)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pending:
    """A person who showed the password and still owes the second factor (`next`)."""

    id: str
    person: str
    login: str
    next: Next
    tries: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine client behind a bearer token."""

    client: str
    institution: str
    scopes: Scopes

    def actor(self, caller: Caller) -> Actor:
        """This client as row-level security knows it: `machine-rw` when any scope of it writes, else `machine-r`."""
        role = "machine-rw" if self.scopes.writes else "machine-r"
        return Actor("machine", self.client, role, self.institution, "", "treatment", caller.origin, caller.request)


def new_token() -> str:
    """256 random bits for a cookie or a bearer; only `digest` of it is stored."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """SHA-256: enough for what nobody can guess, and it must be found by equality."""
    return hashlib.sha256(token.encode()).digest()
