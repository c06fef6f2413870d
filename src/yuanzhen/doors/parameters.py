"""Query parameters on /api are what the OpenAPI document says: a misspelt filter must not answer as if it had filtered,
nor a number as if it were a moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIFormat

from yuanzhen.infrastructure.errors import Invalid

STRICT = "/api"
_TYPED = re.compile(r"\{(\w+):\w+\}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]")  # RFC 3339 begins so; a number would be taken for seconds since 1970


async def known_parameters(request: Request[Any, Any, Any]) -> None:
    """Invalid `request.unknown_parameter` with the names that the route knows, or for what is no moment where one is
    wanted.

    Waits for nothing, and is a coroutine all the same: what is none would be called on another thread, each time.
    """
    if not request.scope["path"].startswith(STRICT) or not request.query_params:
        return
    template = _TYPED.sub(r"{\1}", str(request.scope["path_template"]))
    known = _table(request.app).get((template, request.method.lower()))
    if known is None:
        return
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise Invalid("request.unknown_parameter", place="query", known=sorted(known))
        if known[name] and not _MOMENT.match(value):
            raise Invalid("request.invalid", place=f"query.{name}", rule="RFC 3339, with a zone")


@lru_cache(maxsize=4)
def _table(app: Litestar) -> dict[tuple[str, str], Mapping[str, bool]]:
    """The query parameters of each route, as the OpenAPI document tells them, and which of them are moments."""
    return {
        (path, method): {
            parameter.name: _is_moment(parameter.schema)
            for parameter in operation.parameters or []
            if isinstance(parameter, Parameter) and parameter.param_in == "query"
        }
        for path, item in (app.openapi_schema.paths or {}).items()
        for method in ("get", "post", "put", "patch", "delete")
        if (operation := getattr(item, method)) is not None
    }


def _is_moment(schema: Any) -> bool:
    if not isinstance(schema, Schema):
        return False
    return schema.format == OpenAPIFormat.DATE_TIME or any(map(_is_moment, schema.one_of or []))
