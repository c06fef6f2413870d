"""Passwords as argon2id, reckoned in threads of their own so that the loop is not held up."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from yuanzhen.security.identity.model import LONGEST_PASSWORD, normal_password

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")  # a flood of log-ins takes two cores at most

# What an unknown name is compared with, so that it takes as long as a known one; nothing hashes to it.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$" + "A" * 22 + "$" + "A" * 43


async def hashed(password: str) -> str:
    """The PHC string of a password, 30 ms of one core."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, normal_password(password))


async def matches(hash_: str, password: str) -> bool:
    """Whether this is the password; an overlong one is not hashed but refused."""
    if len(password) > LONGEST_PASSWORD:
        return False
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, hash_, normal_password(password))


def outdated(hash_: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hash_)


def _verify(hash_: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(hash_, password)
    except VerifyMismatchError:
        return False
