"""Nothing that the tests run ranks its threads above those of others."""

from __future__ import annotations

import ctypes
import struct

PR_CAPBSET_DROP, CAP_SYS_NICE, CAPABILITIES_3 = 24, 23, 0x20080522  # linux/prctl.h, linux/capability.h


def renounce() -> None:
    """Gives up the right to real-time rank, for this thread and whatever it starts from now on.

    Whoever has it, root, is given such a rank unasked: Chromium takes it for its threads of sound, SVT-AV1 for the
    thread that calls it, 99 of 99. Beside those, a process that waits in Linux without sleeping for one that ends
    (shrink_dcache_tree of fs/dcache.c) waits for ever: with two cores the whole machine stands still.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)  # refused to who has not that right either
    header, held = struct.pack("Ii", CAPABILITIES_3, 0), ctypes.create_string_buffer(struct.calcsize("6I"))
    libc.capget(header, held)
    effective, permitted, *others = struct.unpack("6I", held)
    kept = ~(1 << CAP_SYS_NICE)
    libc.capset(header, struct.pack("6I", effective & kept, permitted & kept, *others))
