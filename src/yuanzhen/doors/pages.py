"""The built web pages: hashed assets for ever, the rest asked anew, index.html for paths inside the app."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import Request, Response, Router, route
from litestar.enums import HttpMethod

from yuanzhen.infrastructure.errors import NotFound

# What is no page, found or not.
NOT_PAGES = ("/api", "/auth", "/fhir", "/dicom-web", "/live", "/schema", "/healthz", "/metrics")
HASHED = "assets"  # where the build puts what carries its hash in its name
FOR_EVER = "public, max-age=31536000, immutable"
ASK_ANEW = "no-cache"
_WORTH_PACKING = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Page:
    """One file, ready to be sent."""

    content: bytes
    packed: bytes | None
    media_type: str
    cache: str
    etag: str


class Pages:
    """The files of one built folder, by their paths: what is not in the list at the start cannot be asked for."""

    def __init__(self, folder: Path, base: str = "/") -> None:
        self._base = base.rstrip("/")
        self._files = {
            f"{self._base}/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()
        }
        self._read: dict[str, Page] = {}

    async def page(self, path: str) -> Page:
        """The file of a path, or the app's first page; NotFound `path.unknown` for an asset that is not there."""
        index = f"{self._base}/index.html"
        name = path if path in self._files else index
        if name == index and (_is_asset(path) or index not in self._files):
            raise NotFound("path.unknown")
        if name not in self._read:
            self._read[name] = await asyncio.to_thread(_read, self._files[name])
        return self._read[name]


def _is_asset(path: str) -> bool:
    """Whether a path is a file's: it ends in a suffix, and not in the last number of a UID."""
    suffix = PurePosixPath(path).suffix
    return suffix not in ("", ".html") and not suffix[1:].isdigit()


def routes(pages: Pages, base: str = "/") -> Router:
    """GET and HEAD of the pages beneath a base path."""

    @route(
        ["/", "/{path:path}"],
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        include_in_schema=False,
        name=f"pages {base}",
    )
    async def get_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        path = request.scope["path"]
        if path.startswith(NOT_PAGES):
            raise NotFound("path.unknown")
        return _answer(request, await pages.page(path))

    return Router(base, route_handlers=[get_page])


def _answer(request: Request[Any, Any, Any], page: Page) -> Response[bytes]:
    headers = {"Cache-Control": page.cache, "ETag": page.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == page.etag:
        return Response(b"", status_code=304, headers=headers)
    content = page.content
    if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = page.packed, "gzip"
    return Response(content, media_type=page.media_type, headers=headers)


def _read(path: Path) -> Page:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type == "text/javascript":
        media_type = "application/javascript"
    packed = gzip.compress(content, 6) if media_type.startswith(_WORTH_PACKING) and len(content) > 1000 else None
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return Page(content, packed, media_type, FOR_EVER if HASHED in path.parts else ASK_ANEW, etag)
