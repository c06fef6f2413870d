"""The memory of a process that runs for months: what stays is left alone, pieces of files share theirs."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from yuanzhen.infrastructure import memory

class Ring:
    def __init__(self):
        self.me = self

before = len(gc.get_objects())
memory.settle()
left = len(gc.get_objects())
seen = weakref.ref(Ring())
kept = [[] for _ in range(memory.YOUNG + 100)]
print(before > 1000, left < before / 10, seen() is None)
"""

PIECES = """
import resource
from yuanzhen.infrastructure import memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        pieces = [bytearray(b"x") * (1 << 20) for _ in range(4)]
        del pieces
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

memory.keep_pieces()
faults()
print(faults())
"""


def test_what_is_there_is_left_alone_and_rings_made_later_are_found():
    # A process of its own: what is frozen stays so
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True", "True"]


def test_memory_of_a_piece_is_that_of_the_next():
    told = subprocess.run([sys.executable, "-c", PIECES], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 1024  # pages: the pieces of one turn have as many, those of all turns 102,400
