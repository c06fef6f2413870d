"""Certificates that a hospital brings from its own authority: checked before they are served, each fault named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from yuanzhen.infrastructure.errors import Invalid, Malformed
from yuanzhen.security.certificates.issue import is_address, names_of, plain

CERTIFICATE, KEY = "cert.pem", "key.pem"


def is_brought(folder: Path) -> bool:
    """Whether somebody put a certificate or a key there."""
    return (folder / CERTIFICATE).exists() or (folder / KEY).exists()


def check(folder: Path, names: Sequence[str], now: datetime) -> x509.Certificate:
    """The certificate in `folder` (`cert.pem`, the server's own first, and `key.pem`), when it can be served.

    `names` are those the operator gave this server; none means that any will do. Raises Invalid or Malformed
    `tls.brought_*` with the file's path as the place.
    """
    certificate = _certificate(folder)
    _check_key(folder, certificate)
    place = str(folder / CERTIFICATE)
    if now > certificate.not_valid_after_utc:
        raise Invalid("tls.brought_ended", place=place, ended=certificate.not_valid_after_utc.isoformat())
    if now < certificate.not_valid_before_utc:
        raise Invalid("tls.brought_not_yet", place=place, begins=certificate.not_valid_before_utc.isoformat())
    found = names_of(certificate)
    missing = [name for name in names if not covers(found, name)]
    if not found or missing:
        raise Invalid(
            "tls.brought_other_name", place=place, found=", ".join(found), missing=", ".join(missing),
            rule="a certificate for each name of YUANZHEN_NAMES, which is localhost until it is set",
        )  # fmt: skip
    return certificate


def covers(found: Sequence[str], name: str) -> bool:
    """Whether one of a certificate's names is this one; `*` stands for one label (RFC 6125 6.4.3)."""
    wanted, parent = plain(name), plain(name).partition(".")[2]
    return wanted in found or (not is_address(name) and f"*.{parent}" in found)


def _certificate(folder: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_content(folder, CERTIFICATE))[0]
    except ValueError as bad:
        raise Malformed(
            "tls.brought_unreadable", place=str(folder / CERTIFICATE), rule="PEM, the server's certificate first"
        ) from bad


def _check_key(folder: Path, certificate: x509.Certificate) -> None:
    place = str(folder / KEY)
    try:
        key = load_pem_private_key(_content(folder, KEY), password=None)
    except TypeError as sealed:
        raise Invalid("tls.brought_key_sealed", place=place, rule="a key without a passphrase") from sealed
    except ValueError as bad:
        raise Malformed("tls.brought_unreadable", place=place, rule="PEM, PKCS8 or the older forms") from bad
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise Invalid("tls.brought_other_key", place=place)


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as missing:
        raise Invalid("tls.brought_half", place=str(folder / name)) from missing
