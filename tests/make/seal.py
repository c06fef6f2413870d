"""The pages' sealing alone in a real page, built from web/dev/seal and served on this machine."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page

from tests.make.pages import CAMERA, ROOT, browser


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def built(folder: Path) -> Path:
    """Builds the page into a folder."""
    vite = [ROOT / ".venv/bin/node", "node_modules/vite/bin/vite.js", "build", "--config", "dev/seal/vite.config.ts"]
    said = subprocess.run([*vite, "--outDir", folder], cwd=ROOT / "web", capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return folder


@contextmanager
def seal_page(folder: Path) -> Iterator[Page]:
    """An open page with `window.seal`, a camera and a microphone that Chromium makes up."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=built(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with browser(*CAMERA) as window:
            page = window.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_function("window.seal !== undefined")
            yield page
    finally:
        server.shutdown()
        server.server_close()
