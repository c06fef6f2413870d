"""JSON Patch (RFC 6902) on a resource, one operation after the other, so that the one at fault is named. Pure."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import jsonpatch
import msgspec
from jsonpointer import JsonPointerException

from yuanzhen.data.exchange.fhir import text
from yuanzhen.data.records.model import Json
from yuanzhen.infrastructure.errors import Conflict, Invalid, Malformed, TooLarge

MOST_OPERATIONS = 1000
MOST_COPIES = 50  # each may double a resource
LARGEST = 10 * 2**20  # bytes that copying may make of a resource

_DECODER = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)


def operations(body: bytes) -> list[Json]:
    """The operations of a patch. Raises `Malformed` for what is none, `TooLarge` for too many."""
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("fhir.not_a_patch", rule="a list of operations, RFC 6902") from None
    if len(found) > MOST_OPERATIONS or sum(one.get("op") == "copy" for one in found) > MOST_COPIES:
        raise TooLarge("fhir.patch_too_long", limit=MOST_OPERATIONS, limit_copies=MOST_COPIES)
    return found


def applied(resource: Json, changes: list[Json]) -> Json:
    """The resource after all operations; itself unchanged. Raises with the place of the operation that fails.

    `Conflict` when a `test` is not met, `Invalid` when an operation is none or its place is not there.
    """
    after: Any = deepcopy(resource)
    for number, one in enumerate(changes):
        place = f"[{number}]"
        try:
            after = jsonpatch.apply_patch(after, [one], in_place=True)
        except jsonpatch.JsonPatchTestFailed:
            raise Conflict("fhir.patch_test", place=place) from None
        except jsonpatch.InvalidJsonPatch:
            raise Invalid("fhir.patch_operation", place=place, rule="op, path, value or from: RFC 6902") from None
        except (jsonpatch.JsonPatchException, JsonPointerException, RecursionError, TypeError):
            raise Invalid("fhir.patch_place", place=place, rule="a path that is there") from None
        if one.get("op") == "copy" and len(text.written(after)) > LARGEST:
            raise TooLarge("fhir.too_large", place=place, limit_bytes=LARGEST)
    if not isinstance(after, dict) or any(after.get(name) != resource[name] for name in ("resourceType", "id")):
        raise Invalid("fhir.patch_identity", place="resourceType, id")
    return after
