"""How many files and connections this process may have open at once."""

from __future__ import annotations

import resource

ENOUGH = 65_536


def allow_many() -> int:
    """Raises the limit as far as the machine's administrator lets us; says what it is now.

    Debian's soft limit, 1024, is meant for programs that still use select(2): as many mute connections would keep every
    door shut.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft
