"""`yuanzhen` on a machine whose clock is wrong: `python -m tests.make.earlier SECONDS COMMAND ...`.

The one place that reads the clock is put back by so much before the rest of the program is loaded.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from yuanzhen.infrastructure import clock


def main() -> int:
    seconds, *command = sys.argv[1:]
    real, by = clock.now, timedelta(seconds=float(seconds))
    clock.now = lambda: real() - by

    from yuanzhen.programs import cli

    return cli.main(command)


if __name__ == "__main__":
    sys.exit(main())
