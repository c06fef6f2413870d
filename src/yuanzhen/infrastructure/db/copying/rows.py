"""Rows on their way in COPY's text form: counted, and their digests added up. Pure."""

from __future__ import annotations

from collections.abc import Callable

MODULUS = 1 << 256


class RowSum:
    """The number of rows and the sum of their digests (modulo 2^256): alike for alike rows, in whatever order.

    Rows come back from a table in no order that anybody promises, and sorting a large one costs its size on disk.
    """

    def __init__(self, digest: Callable[[bytes], bytes]) -> None:
        self._digest = digest
        self._rest = b""
        self._sum = 0
        self.rows = 0

    def feed(self, text: bytes) -> None:
        """Takes the next piece; COPY's text form ends each row with a newline and has none inside a row."""
        *rows, self._rest = (self._rest + text).split(b"\n")
        for row in rows:
            self._sum += int.from_bytes(self._digest(row))
        self.rows += len(rows)

    @property
    def value(self) -> str:
        """The sum so far, as 64 hexadecimal digits."""
        return f"{self._sum % MODULUS:064x}"

    @property
    def at_row_end(self) -> bool:
        """Whether the last piece ended a row: a text that was cut off does not."""
        return not self._rest
