"""The garbage collector of a process that runs for months: leaves alone what stays, still finds what does not."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from yuanzhen.infrastructure import garbage

class Ring:
    def __init__(self):
        self.me = self

before = len(gc.get_objects())
garbage.settle()
left = len(gc.get_objects())
seen = weakref.ref(Ring())
kept = [[] for _ in range(garbage.YOUNG + 100)]
print(before > 1000, left < before / 10, seen() is None)
"""


def test_what_is_there_is_left_alone_and_rings_made_later_are_found():
    # A process of its own: what is frozen stays so
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True", "True"]
