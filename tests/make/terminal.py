"""A command that believes itself at a terminal, and somebody who types there."""

from __future__ import annotations

import os
import pty
from collections.abc import Mapping, Sequence
from pathlib import Path

QUESTION = b": "


def at_a_terminal(
    command: Sequence[str | Path], environment: Mapping[str, str], answers: Sequence[str]
) -> tuple[int, str]:
    """Answers the command's questions one after the other; its exit status, and all that the terminal showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(command[0], [str(word) for word in command], dict(environment))
    shown, asked = b"", 0
    waiting = list(answers)
    while True:
        try:
            said = os.read(terminal, 4096)
        except OSError:  # the last one who had it open is gone
            break
        shown += said
        if waiting and shown[asked:].endswith(QUESTION):
            os.write(terminal, waiting.pop(0).encode())
            asked = len(shown)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()
