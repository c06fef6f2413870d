"""Unknown query parameters on /api are refused: a misspelt filter must not answer as if it had filtered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Parameter

from yuanzhen.infrastructure.errors import Invalid

STRICT = "/api"
_TYPED = re.compile(r"\{(\w+):\w+\}")


def known_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: Invalid `request.unknown_parameter` with the names that the route knows."""
    if not connection.scope["path"].startswith(STRICT) or not connection.query_params:
        return
    template = _TYPED.sub(r"{\1}", str(connection.scope["path_template"]))
    known = _table(connection.app).get((template, str(connection.scope.get("method", "")).lower()))
    if known is None:
        return
    for name in connection.query_params:
        if name not in known:
            raise Invalid("request.unknown_parameter", place="query", known=sorted(known))


@lru_cache(maxsize=4)
def _table(app: Litestar) -> dict[tuple[str, str], frozenset[str]]:
    """The query parameters of each route, as the OpenAPI document tells them."""
    return {
        (path, method): frozenset(
            parameter.name
            for parameter in operation.parameters or []
            if isinstance(parameter, Parameter) and parameter.param_in == "query"
        )
        for path, item in (app.openapi_schema.paths or {}).items()
        for method in ("get", "post", "put", "patch", "delete")
        if (operation := getattr(item, method)) is not None
    }
