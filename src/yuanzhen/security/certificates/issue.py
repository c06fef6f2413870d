"""Makes certificates (RFC 5280, ECDSA P-256 with SHA-256): an authority, and servers' certificates under it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3652)  # ten years
SERVER_LIFE = timedelta(days=397)  # the most that browsers take (CA/Browser Forum BR 6.3.2)
CLOCK_SKEW = timedelta(hours=1)  # a client's clock may be late

_NOTHING = dict.fromkeys(
    ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
     "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority(now: datetime, key: ec.EllipticCurvePrivateKey | None = None) -> Pair:
    """A self-signed authority for ten years. With the `key` of an older one both vouch for the same certificates."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Yuanzhen"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Yuanzhen home {identifier.digest.hex()[:16]}"),
        ]
    )
    usage = x509.KeyUsage(**{**_NOTHING, "key_cert_sign": True, "crl_sign": True})
    certificate = (
        _begun(name, name, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, key)


def server(issuer: Pair, names: Sequence[str], now: datetime) -> Pair:
    """A server's certificate for DNS names and IP addresses; it ends after 397 days, or with its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])  # RFC 5280 A.1: ub-common-name
    ends = min(now - CLOCK_SKEW + SERVER_LIFE, issuer.certificate.not_valid_after_utc)
    usage = x509.KeyUsage(**{**_NOTHING, "digital_signature": True})
    certificate = (
        _begun(subject, issuer.certificate.subject, key, now, ends)
        .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
        .sign(issuer.key, hashes.SHA256())
    )
    return Pair(certificate, key)


def general_name(name: str) -> x509.GeneralName:
    """A DNS name or an IP address as certificates write it."""
    return x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)


def plain(name: str) -> str:
    """One spelling for one name: lower case, addresses as they are printed."""
    return str(ip_address(name)) if is_address(name) else name.lower()


def is_address(name: str) -> bool:
    """Whether this is an IP address, of either version."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def names_of(certificate: x509.Certificate) -> list[str]:
    """The DNS names and IP addresses that a certificate is for; none when it has no such extension."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    dns = names.get_values_for_type(x509.DNSName)
    return [*map(str.lower, dns), *(str(address) for address in names.get_values_for_type(x509.IPAddress))]


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(ends)
    )
