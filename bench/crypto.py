"""How fast the national algorithms are here: one JSON object a line, each with its reference measured in the same run.

`figure`, `value` and `unit` are ours; `reference` is what `reference_is` names, in the same unit, on the same data.
Rounds of ours and of the reference alternate and the best of each counts, so that a neighbour's load hits both alike.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from yuanzhen.security.crypto import envelope, sm2, sm3, sm4
from yuanzhen.security.crypto.merkle import Frontier, Tree, leaf_hash
from yuanzhen.security.crypto.merkle_proof import verify_inclusion

Act = Callable[[], object]

ROUNDS = 5
ROUND_S = 0.12
MB = 1_000_000

KEY, NONCE, MASTER = bytes(16), bytes(12), bytes(32)
CHUNK, SHORT = os.urandom(65536), os.urandom(65)
BULK = [CHUNK * 16] * 16  # 16 MiB in pieces of 1 MiB


def per_second(act: Act) -> float:
    """How often `act` runs in a second, over one round."""
    count, started = 0, time.perf_counter()
    while True:
        act()
        count += 1
        passed = time.perf_counter() - started
        if passed >= ROUND_S:
            return count / passed


def report(figure: str, unit: str, scale: float, ours: Act, reference: Act, reference_is: str) -> None:
    """Prints the best round of ours and of the reference, each times `scale`."""
    pairs = [(per_second(ours), per_second(reference)) for _ in range(ROUNDS)]
    best, best_reference = (max(column) * scale for column in zip(*pairs, strict=True))
    line = {
        "figure": figure,
        "value": round(best, 1),
        "unit": unit,
        "reference": round(best_reference, 1),
        "reference_is": reference_is,
    }
    print(json.dumps(line), flush=True)


def pyca_sm3(data: bytes) -> bytes:
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def drain(pieces: Iterable[bytes]) -> None:
    """Takes every piece and keeps none."""
    deque(pieces, maxlen=0)


def symmetric() -> None:
    """SM3, SM4-GCM and the sealed stream, in MB/s of plaintext."""
    chunk_mb, bulk_mb = len(CHUNK) / MB, sum(map(len, BULK)) / MB
    sealed, sealed_bulk = sm4.seal(KEY, NONCE, CHUNK), list(envelope.seal_stream(MASTER, "k", "bench", BULK))
    report("sm3_64k", "MB/s", chunk_mb, lambda: sm3.digest(CHUNK), lambda: pyca_sm3(CHUNK), "pyca SM3")
    for engine in [name for name, one in sm4.ENGINES.items() if one.available() and name != "pyca"]:
        report(
            f"sm4_gcm_seal_64k_{engine}",
            "MB/s",
            chunk_mb,
            partial(sm4.seal, KEY, NONCE, CHUNK, by=engine),
            lambda: sm4.seal(KEY, NONCE, CHUNK, by="pyca"),
            "pyca SM4-GCM",
        )
        report(
            f"sm4_gcm_open_64k_{engine}",
            "MB/s",
            chunk_mb,
            partial(sm4.open_, KEY, NONCE, sealed, by=engine),
            lambda: sm4.open_(KEY, NONCE, sealed, by="pyca"),
            "pyca SM4-GCM",
        )
    report(
        "stream_seal_16m",
        "MB/s",
        bulk_mb,
        lambda: drain(envelope.seal_stream(MASTER, "k", "bench", BULK)),
        lambda: drain(sm4.seal(KEY, NONCE, piece, by="pyca") for piece in BULK),
        "pyca SM4-GCM, no stream",
    )
    report(
        "stream_open_16m",
        "MB/s",
        bulk_mb,
        lambda: drain(envelope.open_stream(lambda _: MASTER, "bench", sealed_bulk)),
        lambda: drain(sm4.seal(KEY, NONCE, piece, by="pyca") for piece in BULK),
        "pyca SM4-GCM, no stream",
    )


def small_things() -> None:
    """Short digests, secrets and Merkle work, in acts a second."""
    secret = envelope.seal_secret(MASTER, "bench", SHORT)
    report("sm3_65_bytes", "1/s", 1, lambda: sm3.digest(SHORT), lambda: pyca_sm3(SHORT), "pyca SM3")
    report(
        "secret_open",
        "1/s",
        1,
        lambda: envelope.open_secret(MASTER, "bench", secret),
        lambda: sm4.open_(KEY, NONCE, sm4.seal(KEY, NONCE, SHORT)),
        "SM4-GCM seal + open of 65 bytes",
    )
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(1 << 14)]
    tree = Tree(leaves)
    proof, root = tree.inclusion_proof(4711), tree.root()
    report(
        "merkle_append", "1/s", 1000, lambda: Frontier().extend(leaves[:1000]), hashes_of(1000), "pyca SM3, 65 bytes"
    )
    report("merkle_proof_16k", "1/s", 1, lambda: tree.inclusion_proof(4711), hashes_of(1), "pyca SM3, 65 bytes")
    report(
        "merkle_verify_16k",
        "1/s",
        1,
        lambda: verify_inclusion(leaves[4711], 4711, len(tree), proof, root),
        hashes_of(len(proof)),
        "pyca SM3 of as many nodes",
    )


def hashes_of(count: int) -> Act:
    """As many bare node hashes in pyca."""
    return lambda: [pyca_sm3(SHORT) for _ in range(count)]


def asymmetric() -> None:
    """SM2 signatures and encryption, in acts a second."""
    key, p256, ecdsa = sm2.PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    signature, p256_signature = sm2.sign(key, SHORT), p256.sign(SHORT, ecdsa)
    sealed, p256_public = sm2.encrypt(key.public, KEY), p256.public_key()

    def exchange() -> object:
        return p256.exchange(ec.ECDH(), p256_public)

    report("sm2_sign", "1/s", 1, lambda: sm2.sign(key, SHORT), lambda: p256.sign(SHORT, ecdsa), "pyca P-256 (assembly)")
    report(
        "sm2_verify",
        "1/s",
        1,
        lambda: sm2.verify(key.public, SHORT, signature),
        lambda: p256_public.verify(p256_signature, SHORT, ecdsa),
        "pyca P-256 (assembly)",
    )
    report("sm2_encrypt_16_bytes", "1/s", 1, lambda: sm2.encrypt(key.public, KEY), exchange, "pyca P-256 ECDH")
    report("sm2_decrypt_16_bytes", "1/s", 1, lambda: sm2.decrypt(key, sealed), exchange, "pyca P-256 ECDH")


def main() -> None:
    """Prints the machine, then every figure."""
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    print(json.dumps({**machine, "python": platform.python_version(), "sm4_engine": sm4.engine()}))
    symmetric()
    small_things()
    asymmetric()


if __name__ == "__main__":
    main()
