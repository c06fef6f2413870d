"""Files over HTTP: how large one may be, what is read of it in parts, and how the lists of a patient show it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.features.access.house import House
from yuanzhen.infrastructure import settings

MOVIE = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(range(256)) * 40
TYPE = {"Content-Type": "video/mp4"}


async def bring(
    house: House, file: bytes | AsyncIterator[bytes], name: str = "步态.mp4", **more: str
) -> httpx.Response:
    browser = house.browsers["asker"]
    asked = {"patient": house.given["patient"], "name": name}
    headers = TYPE | {"X-CSRF-Token": browser.csrf} | more
    return await browser.http.post("/api/uploads", params=asked, content=file, headers=headers)


async def read(house: House, id: str, caller: str = "asker", **headers: str) -> httpx.Response:
    path = f"/api/patients/{house.given['patient']}/documents/DocumentReference/{id}/0"
    return await house.browsers[caller].http.get(path, headers=headers)


async def test_two_gigabytes_are_refused_before_a_byte_is_read(house: House) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("its body was read")
        yield b""

    answer = await bring(house, never(), **{"Content-Length": str(2 * 2**30)})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    most = settings.read({"YUANZHEN_HOME": "/h"}, {}).upload_mb * 2**20
    assert answer.json()["limit_bytes"] == most
    assert (await house.browsers["asker"].http.get("/api/uploads")).json() == {"most_bytes": most}


async def test_a_video_is_read_in_parts_by_who_sees_the_patient(house: House) -> None:
    brought = await bring(house, MOVIE)
    assert (brought.status_code, brought.json()["type"], brought.json()["bytes"]) == (201, "video/mp4", len(MOVIE))
    id = brought.json()["id"]
    whole = await read(house, id)
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, MOVIE, "bytes")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert whole.headers["content-disposition"] == 'inline; filename="document.mp4"'
    part = await read(house, id, Range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, MOVIE[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(MOVIE)}"
    last = await read(house, id, Range="bytes=-10")
    assert (last.status_code, last.content) == (206, MOVIE[-10:])
    assert (await read(house, id, Range=f"bytes={len(MOVIE)}-")).content == MOVIE
    assert (await read(house, id, "stranger")).status_code == 404


async def test_the_list_of_documents_shows_what_was_brought_as_here(house: House) -> None:
    id = (await bring(house, MOVIE, "走路.mov")).json()["id"]
    answer = await house.browsers["colleague"].http.get(f"/api/patients/{house.given['patient']}/documents")
    [found] = [one for one in answer.json()["documents"] if one["id"] == id]
    assert found["attachments"] == [
        {"number": 0, "type": "video/mp4", "title": "走路.mp4", "bytes": len(MOVIE), "here": True}
    ]


@pytest.mark.parametrize(
    ("file", "told", "code", "place"),
    [
        (b"<html><script>", "image/jpeg", "upload.kind", "body"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", "upload.kind", "body"),
        (b"<?xml version='1.0'?><svg><script>alert(1)</script></svg>", "image/png", "upload.kind", "body"),
        (b"PK\x03\x04 a document with macros", "application/pdf", "upload.kind", "body"),
        (MOVIE, "image/jpeg", "upload.other_kind", "Content-Type"),
    ],
)
async def test_what_is_not_what_it_says_is_refused_with_the_place(
    house: House, file: bytes, told: str, code: str, place: str
) -> None:
    answer = await bring(house, file, **{"Content-Type": told})
    assert (answer.json()["code"], answer.json()["place"]) == (code, place)


async def test_a_picture_that_is_a_page_too_is_served_as_the_picture_and_runs_nowhere(house: House) -> None:
    file = b"\xff\xd8\xff\xe0\x00\x10JFIF<html><script>alert(1)</script></html>"
    id = (await bring(house, file, "x.html", **{"Content-Type": "image/jpeg"})).json()["id"]
    answer = await read(house, id)
    assert (answer.content, answer.headers["content-type"]) == (file, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == 'inline; filename="document.jpg"'


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../../etc/passwd", "passwd.mp4"),
        ("..\\..\\windows\\win.ini", "win.mp4"),
        ("/", "document.mp4"),
        ("..", "document.mp4"),
        ("%2e%2e%2fx", "%2e%2e%2fx.mp4"),  # read once, and once alone
        ("步态\u202e4pm.exe", "步态4pm.mp4"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie b.mp4"),
    ],
)
async def test_a_name_with_parts_of_a_path_is_a_name(house: House, told: str, name: str) -> None:
    answer = await bring(house, MOVIE, told)
    assert (answer.status_code, answer.json()["name"]) == (201, name)
    assert (await read(house, answer.json()["id"])).headers["content-disposition"] == 'inline; filename="document.mp4"'
