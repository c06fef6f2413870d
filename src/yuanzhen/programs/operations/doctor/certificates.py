"""Certificates as they lie in the home; nothing is made or renewed here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509

from yuanzhen.infrastructure.errors import Malformed, Problem
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations.doctor.finding import Finding, Level, refused
from yuanzhen.security.certificates import brought
from yuanzhen.security.certificates.folder import AUTHORITY, BROUGHT, FOLDER, SERVER

SOON = timedelta(days=14)  # ours are renewed thirty days before their end: below this nobody did
SOON_BROUGHT = timedelta(days=30)  # somebody must bring the next one


def certificates(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The certificate that is served, and the home's own authority."""
    folder = settings.home / FOLDER
    if not folder.exists():
        yield Finding("ok", "certificate", "尚无，首次启动时生成", "none yet: the first start makes it")
        return
    if brought.is_brought(folder / BROUGHT):
        try:
            yield _standing("certificate", brought.check(folder / BROUGHT, settings.names, now), now, SOON_BROUGHT)
        except Problem as problem:
            yield refused("certificate", problem)
    else:
        yield _ours("certificate", settings, SERVER, now)
    yield _ours("authority", settings, AUTHORITY, now)


def _ours(name: str, settings: Settings, file: str, now: datetime) -> Finding:
    path = settings.home / FOLDER / file
    if not path.exists():
        return Finding("ok", name, "尚无，首次启动时生成", "none yet: the first start makes it")
    try:
        return _standing(name, x509.load_pem_x509_certificate(path.read_bytes()), now, SOON)
    except ValueError:
        return refused(name, Malformed("tls.unreadable", place=file, rule="delete it and a new one is made"))


def _standing(name: str, certificate: x509.Certificate, now: datetime, soon: timedelta) -> Finding:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    level: Level = "fail" if not begins <= now < ends else "warn" if ends - now < soon else "ok"
    days, day = (ends - now).days, f"{ends:%Y-%m-%d}"
    return Finding(level, name, f"有效期至 {day},还有 {days} 天", f"good until {day}, {days} days from now")
