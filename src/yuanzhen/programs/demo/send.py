"""The demo's senders, as strangers: PyPI `hl7`'s MLLP client and DCMTK's `storescu`, each a process of its own,
and plain HTTP.

Without DCMTK the images go by pynetdicom, which is another implementation than our listener's codec, not than its wire.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import hl7
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.presentation import build_context

from yuanzhen.infrastructure.errors import Invalid, Unavailable
from yuanzhen.programs.demo.cast import SCANNER

CALLED = "YUANZHEN"
Progress = Callable[[int, int], None]  # how many of how many have been sent

FRAME_BEGIN, FRAME_END = b"\x0b", b"\x1c\r"


async def by_mllp(host: str, port: int, messages: Sequence[bytes]) -> list[str]:
    """Sends messages with `hl7`'s own client in a process of its own; the acknowledgements' codes (`AA`).

    Raises Unavailable `demo.mllp` when the client fails.
    """
    with tempfile.NamedTemporaryFile(suffix=".hl7") as file:
        file.write(b"".join(FRAME_BEGIN + message + FRAME_END for message in messages))
        file.flush()
        # The client's standard input is a text stream that it reads as bytes: only --file works.
        command = [sys.executable, "-m", "hl7.client", "--file", file.name, "--port", str(port), host]
        quiet, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=pipe, stderr=quiet)
        said, _ = await child.communicate()
    answers = [one for one in re.split(rb"[\x0b\x1c]\s*", said) if one.strip()]
    if child.returncode != 0 or len(answers) != len(messages):
        raise Unavailable("demo.mllp", place=f"{host}:{port}", status=child.returncode)
    return [str(hl7.parse(one.strip().decode()).extract_field("MSA", 1, 1)) for one in answers]


async def by_fhir(url: str, client: tuple[str, str], resources: Sequence[dict[str, Any]]) -> list[int]:
    """PUTs resources as a machine client of the product; the answers' status codes.

    Raises Unavailable `demo.fhir` when nobody answers.
    """
    try:
        return await asyncio.to_thread(_by_fhir, url, client, resources)
    except OSError as error:
        raise Unavailable("demo.fhir", place=url) from error


def _by_fhir(url: str, client: tuple[str, str], resources: Sequence[dict[str, Any]]) -> list[int]:
    basic = base64.b64encode(":".join(client).encode()).decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    status, body = _asked("POST", f"{url}/auth/token", form, b"grant_type=client_credentials")
    if status != 200:
        return [status]
    bearer = {"Authorization": f"Bearer {json.loads(body)['access_token']}", "Content-Type": "application/fhir+json"}
    return [
        _asked("PUT", f"{url}/fhir/R4/{one['resourceType']}/{one['id']}", bearer, json.dumps(one).encode())[0]
        for one in resources
    ]


def _asked(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    try:
        with urlopen(Request(url, body, headers, method=method)) as answer:  # noqa: S310 - our own centre
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, b""


def dcmtk() -> str | None:
    """DCMTK's storescu; pynetdicom puts a script of the same name into our own environment, which is not it."""
    path = os.pathsep.join(
        folder for folder in os.get_exec_path() if Path(folder).absolute() != Path(sys.executable).parent
    )
    found = shutil.which("storescu", path=path)
    if found is None:
        return None
    told = subprocess.run([found, "--version"], capture_output=True, check=False)  # noqa: S603 - found on PATH
    return found if b"dcmtk" in told.stdout else None


async def by_dicom(host: str, port: int, files: Sequence[Path], progress: Progress) -> str:
    """Sends the files as the township's scanner, in their order; says with what (`DCMTK`, `pynetdicom`).

    Raises Invalid `demo.dicom_refused` when one is refused, Unavailable `demo.dicom` when nobody answers.
    """
    program = await asyncio.to_thread(dcmtk)
    if program is None:
        loop = asyncio.get_running_loop()

        def told(done: int, of: int) -> None:
            loop.call_soon_threadsafe(progress, done, of)

        await asyncio.to_thread(_by_pynetdicom, host, port, files, told)
        return "pynetdicom"
    await _by_dcmtk(program, host, port, files, progress)
    return "DCMTK"


async def _by_dcmtk(program: str, host: str, port: int, files: Sequence[Path], progress: Progress) -> None:
    command = [program, "--verbose", "-aet", SCANNER, "-aec", CALLED, host, str(port), *map(str, files)]
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TCP_NODELAY": "1"},  # else Nagle and delayed ACK hold each message for 40 ms
    )
    done = 0
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    async for line in child.stdout:
        if b"Received Store Response (Success)" in line:
            done += 1
            progress(done, len(files))
    if await child.wait() != 0 and done == 0:
        raise Unavailable("demo.dicom", place=f"{host}:{port}", status=child.returncode)
    if done < len(files):
        raise Invalid("demo.dicom_refused", place=files[done].name, sent=done, of=len(files))


def _by_pynetdicom(host: str, port: int, files: Sequence[Path], progress: Progress) -> None:
    first = dcmread(files[0], stop_before_pixels=True)
    entity = AE(ae_title=SCANNER)
    contexts = [build_context(first.SOPClassUID, first.file_meta.TransferSyntaxUID)]
    association = entity.associate(host, port, contexts=contexts, ae_title=CALLED)
    if not association.is_established:
        raise Unavailable("demo.dicom", place=f"{host}:{port}")
    try:
        for done, path in enumerate(files, 1):
            if association.send_c_store(path).get("Status") != 0:
                raise Invalid("demo.dicom_refused", place=path.name, sent=done - 1, of=len(files))
            progress(done, len(files))
    finally:
        association.release()
