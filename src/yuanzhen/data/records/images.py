"""DICOMweb, what there is: QIDO-RS (PS3.18 10.6) and the metadata of WADO-RS (10.4.1.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, get
from pydicom.datadict import dictionary_VR, tag_for_keyword

from yuanzhen.data.exchange.dicom.archive import Query, QueryLevel
from yuanzhen.data.exchange.dicom.attributes import TABLES, Attributes, Level
from yuanzhen.data.exchange.dicom.pixels import PIXEL_DATA, PIXEL_VRS
from yuanzhen.data.records import finding, studies, viewing
from yuanzhen.data.records.finding import Match
from yuanzhen.data.records.model import encode
from yuanzhen.data.records.viewing import Viewer
from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.security.audit import trail

BASE = "/dicom-web"
DICOM_JSON = "application/dicom+json"
MOST = 5000  # matches in one answer; more are paged
Plain = Request[Any, Any, Any]
LEVELS: dict[QueryLevel, Level] = {"STUDY": "study", "SERIES": "series", "IMAGE": "instance"}
# Found without a header: what only the archive can count or name (PS3.18 tables 10.6.3-3 to -5)
COUNTED = {"00080056", "00080061", "00201206", "00201208", "00201209", "0020000D", "0020000E", "00080018"}
FUZZY = '299 yuanzhen "The fuzzymatching parameter is not supported. Only literal matching has been performed."'


@get("/studies")
async def find_studies(request: Plain, viewer: Viewer) -> Response[bytes]:
    """Studies that match, newest first."""
    return await _found(request, viewer, "STUDY", {})


@get("/series")
async def find_series(request: Plain, viewer: Viewer) -> Response[bytes]:
    """Series that match, of whichever study."""
    return await _found(request, viewer, "SERIES", {})


@get("/instances")
async def find_instances(request: Plain, viewer: Viewer) -> Response[bytes]:
    """Instances that match, of whichever study."""
    return await _found(request, viewer, "IMAGE", {})


@get("/studies/{study:str}/series")
async def series(request: Plain, viewer: Viewer, study: str) -> Response[bytes]:
    """The series of a study."""
    return await _found(request, viewer, "SERIES", {"0020000D": (study,)})


@get("/studies/{study:str}/instances")
async def all_instances(request: Plain, viewer: Viewer, study: str) -> Response[bytes]:
    """The objects of a study."""
    return await _found(request, viewer, "IMAGE", {"0020000D": (study,)})


@get("/studies/{study:str}/series/{series_uid:str}/instances")
async def instances(request: Plain, viewer: Viewer, study: str, series_uid: str) -> Response[bytes]:
    """The objects of a series, in reading order."""
    if request.scope["query_string"]:
        return await _found(request, viewer, "IMAGE", {"0020000D": (study,), "0020000E": (series_uid,)})
    async with viewer.db.look(viewer.actor) as look:
        viewing.in_scope(look, viewer.scopes, study)
        found = await studies.listed(look, study, series_uid)
        known = await studies.find(look, study) if found else None
        if known is None:
            raise viewing.not_found(look, study)
        trail.noted(look, "images.read", "R", entity_type="ImagingStudy", entity=known.resource, patient=known.patient)
    return _json(b"[" + ",".join(found).encode() + b"]")


@get("/studies/{study:str}/metadata")
async def study_metadata(request: Plain, viewer: Viewer, study: str) -> Response[bytes]:
    """The headers of all objects of a study."""
    return await _metadata(request, viewer, study)


@get("/studies/{study:str}/series/{series_uid:str}/metadata")
async def series_metadata(request: Plain, viewer: Viewer, study: str, series_uid: str) -> Response[bytes]:
    """The headers of all objects of a series."""
    return await _metadata(request, viewer, study, series_uid)


@get("/studies/{study:str}/series/{series_uid:str}/instances/{sop:str}/metadata")
async def metadata(request: Plain, viewer: Viewer, study: str, series_uid: str, sop: str) -> Response[bytes]:
    """The header of one object."""
    return await _metadata(request, viewer, study, series_uid, sop)


async def _metadata(request: Plain, viewer: Viewer, study: str, series_uid: str = "", sop: str = "") -> Response[bytes]:
    async with viewer.db.look(viewer.actor) as look:
        viewing.in_scope(look, viewer.scopes, study)
        found = await studies.headers(look, study, series_uid, sop)
        known = await studies.find(look, study) if found else None
        if known is None:
            raise viewing.not_found(look, study)
        trail.noted(look, "images.read", "R", entity_type="ImagingStudy", entity=known.resource, patient=known.patient)
    return _json(b"[" + b",".join(_whole_header(one, _base(request)) for one in found) + b"]")


def _whole_header(one: studies.Header, base: str) -> bytes:
    """A header with where its long values are to be had (PS3.18 F.2.2)."""
    url = f"{base}/studies/{one.study}/series/{one.series}/instances/{one.sop}/bulkdata/"
    text = one.text
    if '"BulkDataURI"' in text:
        text = encode(_absolute(msgspec.json.decode(text), url)).decode()
    if one.pixels is None:
        return text.encode()
    tag = int(one.pixels.get("tag", PIXEL_DATA))
    place = {"vr": PIXEL_VRS[tag], "BulkDataURI": f"{url}{one.pixels['at']}-{one.pixels['length']}"}
    return f'{text[:-1]},"{tag:08X}":{encode(place).decode()}}}'.encode()


def _absolute(value: Any, url: str) -> Any:
    if isinstance(value, list):
        return [_absolute(one, url) for one in value]
    if isinstance(value, dict):
        return {
            name: url + one if name == "BulkDataURI" and isinstance(one, str) else _absolute(one, url)
            for name, one in value.items()
        }
    return value


async def _found(
    request: Plain, viewer: Viewer, level: QueryLevel, within: Mapping[str, tuple[str, ...]]
) -> Response[bytes]:
    query, included, fuzzy = asked(request.scope["query_string"].decode("latin-1"), level, within)
    async with viewer.db.look(viewer.actor) as look:
        viewing.in_scope(look, viewer.scopes, (within.get("0020000D") or ("",))[0])
        found = await finding.find(look, query)
        if within and not found and await studies.find(look, within["0020000D"][0]) is None:
            raise viewing.not_found(look, within["0020000D"][0])
        verb = "images.read" if within else "images.find"
        for resource, patient in {one.resource: one.patient for one in found}.items():
            trail.noted(look, verb, "R", entity_type="ImagingStudy", entity=resource, patient=patient)
    told = [_told(one, level, included, _base(request)) for one in found]
    return _json(encode(told), {"Warning": FUZZY} if fuzzy else {})


def asked(text: str, level: QueryLevel, within: Mapping[str, tuple[str, ...]]) -> tuple[Query, set[str] | None, bool]:
    """A query string as a Query, the attributes to include (None: all), and whether fuzzy matching was wanted.

    Raises Invalid that names the parameter.
    """
    match: dict[str, tuple[str, ...]] = {}
    included: set[str] | None = set()
    limit, offset, fuzzy = MOST, 0, False
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name == "limit":
            limit = min(_number(name, value), MOST)
        elif name == "offset":
            offset = _number(name, value)
        elif name == "fuzzymatching":
            fuzzy = value.lower() == "true"
        elif name == "includefield":
            if value == "all":
                included = None
            elif included is not None:
                included |= {_tag(one) for one in value.split(",")}
        else:
            tag = _tag(name)
            if not finding.known(level, tag):
                raise Invalid("images.not_searched", place=name, rule="PS3.18 10.6.1.2")
            if value.strip("*"):
                match[tag] = tuple(value.split(",")) if dictionary_VR(int(tag, 16)) == "UI" else (value,)
    return Query(level, {**match, **within}, limit, offset), included, fuzzy


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Invalid("images.not_a_number", place=name, rule="a number of 0 or more")
    return int(value)


def _tag(name: str) -> str:
    """A keyword or eight hexadecimal digits, as the latter."""
    tag = tag_for_keyword(name)
    if tag is None and len(name) == 8:
        try:
            tag = int(name, 16)
        except ValueError:
            tag = None
    if tag is None:
        raise Invalid("images.unknown_attribute", place=name[:64], rule="a keyword or GGGGEEEE (PS3.6)")
    return f"{tag:08X}"


def _told(one: Match, level: QueryLevel, included: set[str] | None, base: str) -> Attributes:
    table = TABLES[LEVELS[level]]
    chosen = {
        tag: element
        for tag, element in one.found.items()
        if included is None or tag in table or tag in COUNTED or tag in included
    }
    url = f"{base}/studies/{one.study}"
    if one.series:
        url += f"/series/{one.series}"
    if one.sop:
        url += f"/instances/{one.sop}"
    return {**chosen, "00081190": {"vr": "UR", "Value": [url]}}


def _base(request: Plain) -> str:
    return str(request.base_url).rstrip("/") + BASE


def _json(body: bytes, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(body, media_type=DICOM_JSON, headers=headers or {})


ROUTES = (find_studies, find_series, find_instances, series, all_instances, instances, study_metadata, series_metadata,
          metadata)  # fmt: skip
