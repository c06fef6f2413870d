"""SM2 keys: their written forms are the standards', and what is no key is refused."""

import subprocess

import pytest

from tests.rules.crypto import sm2_by_hand as hand
from yuanzhen.infrastructure.errors import Malformed
from yuanzhen.security.crypto.sm2 import PrivateKey, PublicKey

# GB/T 32918.5-2017, the pair of its examples
RAW = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
KEY = PrivateKey.from_raw(RAW)
COMPRESSED = bytes.fromhex("3039301306072a8648ce3d020106082a811ccf5501822d032200") + b"\x03" + POINT[1:33]


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def test_the_public_half_is_the_standards():
    assert KEY.public.point == POINT
    assert hand.write_point(hand.times(int.from_bytes(RAW), hand.G)) == POINT


def test_every_form_reads_back_as_the_same_key():
    for key in [KEY, PrivateKey.generate(), PrivateKey.from_raw(bytes(31) + b"\x01")]:
        assert PrivateKey.from_raw(key.to_raw()).to_raw() == key.to_raw()
        assert PrivateKey.from_der(key.to_der()).to_raw() == key.to_raw()
        assert PublicKey.from_der(key.public.to_der()) == PublicKey.from_point(key.public.point) == key.public


def test_generated_keys_differ_and_lie_on_the_curve():
    keys = [PrivateKey.generate() for _ in range(20)]
    assert len({key.public for key in keys}) == 20
    assert all(hand.times(int.from_bytes(k.to_raw()), hand.G) == hand.read_point(k.public.point) for k in keys[:3])


def test_openssl_reads_our_der_and_writes_the_same():
    assert openssl("pkey", "-inform", "DER", "-outform", "DER", "-pubout", given=KEY.to_der()) == KEY.public.to_der()
    public = openssl("pkey", "-pubin", "-inform", "DER", "-noout", "-text_pub", given=KEY.public.to_der())
    assert b"SM2" in public


def test_we_read_the_key_that_openssl_makes():
    made = openssl("genpkey", "-algorithm", "SM2", "-outform", "DER")
    pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", given=made)
    assert PrivateKey.from_der(pkcs8).to_der() == pkcs8


@pytest.mark.parametrize(
    "raw", [b"", RAW[:-1], RAW + b"\0", bytes(32), hand.octets(hand.N - 1), hand.octets(hand.N), b"\xff" * 32]
)
def test_a_private_number_out_of_range_is_refused(raw):
    with pytest.raises(Malformed, match=r"sm2\.bad_private_key"):
        PrivateKey.from_raw(raw)


@pytest.mark.parametrize(
    "point", [b"", b"\0", POINT[:-1], POINT[:-1] + b"\x14", b"\x02" + POINT[1:], b"\x04" + bytes(64)]
)
def test_a_point_off_the_curve_is_refused(point):
    with pytest.raises(Malformed, match=r"sm2\.bad_public_key"):
        PublicKey.from_point(point)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", KEY.public.to_der()[:-1], KEY.public.to_der() + b"\0", COMPRESSED])
def test_a_public_der_that_is_not_the_standards_is_refused(der):
    with pytest.raises(Malformed, match=r"sm2\.bad_public_key"):
        PublicKey.from_der(der)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        KEY.to_der()[:-1],
        KEY.to_der() + b"\0",
        KEY.to_der().replace(POINT, PrivateKey.generate().public.point),
    ],
)
def test_a_private_der_that_does_not_hold_together_is_refused(der):
    with pytest.raises(Malformed, match=r"sm2\.bad_private_key"):
        PrivateKey.from_der(der)


def forgeries(whole):
    """Each byte changed in turn, its lowest bit and all of it."""
    return [bytes([*whole[:at], whole[at] ^ flip, *whole[at + 1 :]]) for at in range(len(whole)) for flip in (1, 0xFF)]


def test_a_private_der_with_a_changed_byte_is_never_another_key():
    for forged in forgeries(KEY.to_der()):
        try:
            assert PrivateKey.from_der(forged).public == KEY.public  # libcrypto does not look at the version numbers
        except Malformed as refused:
            assert refused.code.startswith("sm2.bad_")


def test_a_public_der_with_a_changed_byte_is_refused():
    hybrid = KEY.public.to_der().replace(POINT, b"\x07" + POINT[1:])  # X9.62's form 06 or 07
    for forged in [*forgeries(KEY.public.to_der()), hybrid]:
        with pytest.raises(Malformed, match=r"sm2\.bad_public_key"):
            PublicKey.from_der(forged)


@pytest.mark.parametrize("kind", [["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ED25519"], ["RSA"]])
def test_keys_of_other_algorithms_are_refused(kind):
    made = openssl("genpkey", "-algorithm", *kind, "-outform", "DER")
    pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", given=made)
    with pytest.raises(Malformed, match=r"sm2\.bad_"):
        PrivateKey.from_der(pkcs8)
    with pytest.raises(Malformed, match=r"sm2\.bad_public_key"):
        PublicKey.from_der(openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", given=made))


def test_a_private_key_does_not_show_itself():
    assert RAW.hex() not in repr(KEY)
    assert KEY.public.point.hex() in repr(KEY)
