"""What can be called: every route that the application has, and a body for each operation, made from its OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.routes import HTTPRoute, WebSocketRoute

from yuanzhen.data.records import acts
from yuanzhen.data.records.asked import BASE
from yuanzhen.doors import openapi

Json = dict[str, Any]


class Route(NamedTuple):
    """A method and the path as the OpenAPI writes it: `/api/consultations/{consultation}`."""

    method: str
    path: str


def routes(app: Litestar) -> set[Route]:
    """All that answers, described or not; OPTIONS alone is left out, which only says what else there is."""
    found = {Route(method, "/".join((BASE, *path.segments))) for path in acts.PATHS for method in path.acts}
    for one in app.routes:
        if isinstance(one, HTTPRoute):
            found |= {Route(method, one.path_format) for method in one.methods if method != "OPTIONS"}
        else:
            found.add(Route("LIVE" if isinstance(one, WebSocketRoute) else "ANY", one.path_format))
    return found


def routed(method: str, path: str, known: Iterable[Route]) -> Route | None:
    """The route that a call comes to: the one with the fewest parameters, as the router chooses."""
    bare = path.partition("?")[0]
    fitting = [route for route in known if route.method == method and _pattern(route.path).fullmatch(bare)]
    return min(fitting, key=lambda route: route.path.count("{"), default=None)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


@lru_cache(maxsize=1)  # a tenth of a second to write
def described(app: Litestar) -> Json:
    """The OpenAPI document."""
    return openapi.document(app)


def body(document: Json, route: Route, known: Mapping[str, Any]) -> Any:
    """A body as the operation's schema wants it, None where it wants none or has none; `known` gives fields values."""
    operation = document["paths"].get(route.path, {}).get(route.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    return _example(content["application/json"]["schema"], document, known) if "application/json" in content else None


def query(document: Json, route: Route) -> dict[str, str]:
    """The parameters behind the question mark without which an operation is not understood, each with some value."""
    operation = document["paths"].get(route.path, {}).get(route.method.lower(), {})
    wanted = [one for one in operation.get("parameters", ()) if one["in"] == "query" and one.get("required")]
    return {one["name"]: _example(one["schema"], document, {}) for one in wanted}


def _example(schema: Json, document: Json, known: Mapping[str, Any], name: str = "") -> Any:
    if "$ref" in schema:
        return _example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, known, name)
    if "oneOf" in schema:
        return _example(schema["oneOf"][0], document, known, name)
    if "properties" in schema:
        wanted = {*schema.get("required", ()), *(known.keys() & schema["properties"].keys())}
        return {field: _example(schema["properties"][field], document, known, field) for field in sorted(wanted)}
    if schema.get("type") == "array":
        return known.get(name, [])
    return known.get(name, schema.get("const", schema.get("enum", ["x"])[0]))
