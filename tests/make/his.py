"""An HIS in a process of its own, to be killed: `python -m tests.make.his PORT FOLDER`.

Each message is a line of JSON in `received.jsonl`, on the disk before it is accepted. While `die before store` or
`die before answer` lies in the folder, it dies there as by `kill -9`; while `refuse` does, it answers AE, or what is
written there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

START, END = b"\x0b", b"\x1c\r"


@dataclass
class His:
    """The process as a test holds it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> His:
        self.process = subprocess.Popen([sys.executable, "-m", "tests.make.his", str(self.port), str(self.folder)])
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, "the HIS does not listen"
                time.sleep(0.05)
            else:
                return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def ended(self) -> int:
        """Waits for a death that was ordered."""
        assert self.process is not None
        return self.process.wait(30)

    def messages(self) -> list[dict[str, str]]:
        """What it received, oldest first: control id, consultation, texts."""
        file = self.folder / "received.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    while True:
        peer, _ = server.accept()
        with peer:
            peer.settimeout(10)
            _serve(peer, folder)


def _serve(peer: socket.socket, folder: Path) -> None:
    data = b""
    while END not in data:
        more = peer.recv(65536)
        if not more:
            return
        data += more
    message = data[data.index(START) + 1 : data.index(END)].decode()
    segments = [line.split("|") for line in message.split("\r") if line]
    control = segments[0][9]
    _die(folder, "die before store")
    if not (folder / "refuse").exists():
        _store(folder, control, segments)
    _die(folder, "die before answer")
    verdict = ((folder / "refuse").read_text() or "AE") if (folder / "refuse").exists() else "AA"
    header = f"MSH|^~\\&|HIS|LIUHE|YUANZHEN|CITY|20260318||ACK^R01^ACK|{control}|P|2.5.1"
    peer.sendall(START + f"{header}\rMSA|{verdict}|{control}\r".encode() + END)


def _store(folder: Path, control: str, segments: list[list[str]]) -> None:
    texts = [segment[5] for segment in segments if segment[0] == "OBX"]
    order = next(segment for segment in segments if segment[0] == "OBR")
    row = {"control": control, "order": "|".join(order[2:4]), "texts": texts}
    with (folder / "received.jsonl").open("a") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _die(folder: Path, when: str) -> None:
    if (folder / when).exists():
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _main()
