"""What the HIS has taken: one JSON line a report, on the disk before it is acknowledged."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from yuanzhen.programs.demo.his.reading import Refusal, Report


class Ledger:
    """The reports in the order in which they came; read again from the file at start."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        whole, _, torn = path.read_bytes().rpartition(b"\n")
        if torn:  # a line that was never acknowledged
            os.truncate(self._file, len(whole) + bool(whole))
        self.reports: list[Report] = [msgspec.json.decode(line, type=Report) for line in whole.splitlines()]
        self._by_control = {report.control: report for report in self.reports}

    def take(self, report: Report) -> Refusal | None:
        """Keeps a report; the same message again is kept once. Another one under a known control id is refused."""
        known = self._by_control.get(report.control)
        if known is not None:
            return None if known.digest == report.digest else Refusal("205", "MSH-10")
        os.write(self._file, msgspec.json.encode(report) + b"\n")
        os.fsync(self._file)
        self.reports.append(report)
        self._by_control[report.control] = report
        return None

    def close(self) -> None:
        """Lets the file go."""
        os.close(self._file)
