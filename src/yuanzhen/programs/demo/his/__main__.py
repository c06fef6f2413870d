"""Starts the HIS alone: `python -m yuanzhen.programs.demo.his --port 2585 --page-port 8090 --file reports.jsonl`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from yuanzhen.programs.demo.his.server import serving


def main() -> int:
    """Serves until SIGTERM or SIGINT (with `--with-parent` also until standard input ends); 1 if a port is taken."""
    asked = argparse.ArgumentParser(prog="python -m yuanzhen.programs.demo.his", description="a simulated HIS")
    asked.add_argument("--port", type=int, default=2585, help="HL7 v2 by MLLP; 0 is any free one")
    asked.add_argument("--page-port", type=int, default=8090, help="its page; 0 is any free one")
    asked.add_argument("--file", type=Path, default=Path("his-reports.jsonl"), help="where it keeps what it takes")
    asked.add_argument("--with-parent", action="store_true", help="ends when standard input does")
    try:
        asyncio.run(_serve(asked.parse_args()))
    except OSError as error:
        print(f"his: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


async def _serve(asked: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(asked.file, asked.port, asked.page_port) as ports:
        print(f"ready mllp 127.0.0.1:{ports.mllp} page http://localhost:{ports.page}/", flush=True)
        if not asked.with_parent:
            await stop.wait()
            return
        ended = [asyncio.create_task(stop.wait()), asyncio.create_task(_input_ends())]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.cancel()


async def _input_ends() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    with contextlib.suppress(OSError):
        while await reader.read(1024):
            continue


if __name__ == "__main__":
    sys.exit(main())
