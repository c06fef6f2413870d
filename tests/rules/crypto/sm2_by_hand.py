"""SM2 written out from GB/T 32918 in plain integers, slowly and without secrets: the oracle of `sm2`."""

from yuanzhen.security.crypto import sm3  # pyca's; libcrypto, which is on trial, hashes by itself

# GB/T 32918.5-2017, the curve sm2p256v1
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)

Point = tuple[int, int] | None  # None is the point at infinity


def add(one: Point, two: Point) -> Point:
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if one == two else (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def times(k: int, point: Point) -> Point:
    result: Point = None
    for bit in bin(k)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def octets(number: int) -> bytes:
    return number.to_bytes(32)


def read_point(point: bytes) -> Point:
    return int.from_bytes(point[1:33]), int.from_bytes(point[33:])


def write_point(point: Point) -> bytes:
    assert point is not None
    return b"\x04" + octets(point[0]) + octets(point[1])


def hashed(public: Point, message: bytes, distid: bytes) -> int:
    """e = SM3(Z || M), GB/T 32918.2-2016 5.5 and 6.1."""
    assert public is not None
    parameters = b"".join(map(octets, (A, B, *G, *public)))
    z = sm3.digest((len(distid) * 8).to_bytes(2) + distid + parameters)
    return int.from_bytes(sm3.digest(z + message))


def sign(private: int, message: bytes, distid: bytes, k: int) -> tuple[int, int]:
    """GB/T 32918.2-2016 6.1 with a given k."""
    point = times(k, G)
    assert point is not None
    r = (hashed(times(private, G), message, distid) + point[0]) % N
    return r, pow(1 + private, -1, N) * (k - r * private) % N


def verifies(public: Point, message: bytes, distid: bytes, r: int, s: int) -> bool:
    """GB/T 32918.2-2016 7.1."""
    t = (r + s) % N
    if not (1 <= r < N and 1 <= s < N and t):
        return False
    point = add(times(s, G), times(t, public))
    return point is not None and (hashed(public, message, distid) + point[0]) % N == r


def key_stream(shared: Point, length: int) -> bytes:
    """GB/T 32918.4-2016 5.4.3."""
    assert shared is not None
    seed, blocks = octets(shared[0]) + octets(shared[1]), range(1, -(-length // 32) + 1)
    return b"".join(sm3.digest(seed + count.to_bytes(4)) for count in blocks)[:length]


def seal(shared: Point, plaintext: bytes) -> tuple[bytes, bytes]:
    """C3 and C2, GB/T 32918.4-2016 6.1."""
    assert shared is not None
    stream = key_stream(shared, len(plaintext))
    check = sm3.digest(octets(shared[0]) + plaintext + octets(shared[1]))
    return check, bytes(a ^ b for a, b in zip(plaintext, stream, strict=True))


def unseal(shared: Point, check: bytes, body: bytes) -> bytes:
    """The plaintext, asserting C3; GB/T 32918.4-2016 7.1."""
    plaintext = seal(shared, body)[1]  # the same exclusive-or
    assert seal(shared, plaintext)[0] == check
    return plaintext


# DER, as much as SM2 needs (ITU-T X.690)


def der(tag: int, body: bytes) -> bytes:
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + size + body


def der_integer(number: int) -> bytes:
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def der_parts(sequence: bytes) -> list[bytes]:
    """The bodies of a SEQUENCE's elements."""
    body, parts = _element(sequence)[0], []
    while body:
        part, body = _element(body)
        parts.append(part)
    return parts


def _element(data: bytes) -> tuple[bytes, bytes]:
    start, size = 2, data[1]
    if size >= 128:
        start += size - 128
        size = int.from_bytes(data[2:start])
    return data[start : start + size], data[start + size :]
