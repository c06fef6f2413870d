"""Unknown query parameters on /api are refused: a misspelt filter must not answer as if it had filtered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import Parameter

from yuanzhen.infrastructure.errors import Invalid

STRICT = "/api"
_TYPED = re.compile(r"\{(\w+):\w+\}")


async def known_parameters(request: Request[Any, Any, Any]) -> None:
    """Invalid `request.unknown_parameter` with the names that the route knows.

    Waits for nothing, and is a coroutine all the same: what is none would be called on another thread, each time.
    """
    if not request.scope["path"].startswith(STRICT) or not request.query_params:
        return
    template = _TYPED.sub(r"{\1}", str(request.scope["path_template"]))
    known = _table(request.app).get((template, request.method.lower()))
    if known is None:
        return
    for name in request.query_params:
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
