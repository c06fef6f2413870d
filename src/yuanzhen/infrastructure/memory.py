"""How this process keeps its memory: what stays is not looked through for garbage, what comes again is not given back.

Objects whose count falls to nothing go at once whatever is set here.
"""

from __future__ import annotations

import ctypes
import gc

YOUNG = 20_000  # objects made and not gone again before the youngest are looked at; Python's own 700 suit a script
ROUNDS = (20, 20)  # looks at the youngest before the middle ones are, and at those before all are

# mallopt(3): parameters of glibc's malloc
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
KEPT_BYTES = 16 << 20  # free memory that an arena keeps
PIECE_BYTES = 4 << 20  # what is larger is asked of the kernel each time, and given back
ARENAS = 4


def keep_pieces() -> None:
    """Lets the pieces of files that pass through be written over those before.

    By default each of more than 128 KiB is memory fresh from the kernel, which clears it page by page: half as much
    again as to seal what is written there. Does nothing where malloc is not glibc's.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for name, value in ((_TRIM_THRESHOLD, KEPT_BYTES), (_MMAP_THRESHOLD, PIECE_BYTES), (_ARENA_MAX, ARENAS)):
            libc.mallopt(name, value)


def settle() -> None:
    """Leaves alone for good what is there by now: modules, schemas and routes, 300,000 objects that stay.

    Every header and every resource is hundreds of small objects, each lot of which had Python walk through others, and
    in the end through all, and free nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *ROUNDS)
