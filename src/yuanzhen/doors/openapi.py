"""The OpenAPI document: what each route takes and answers, and how all of them refuse."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from litestar import Litestar, Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from yuanzhen.doors.problems import MEDIA_TYPE

PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). The code is stable; facts of the rule stand beside these members.",
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "place", "detail", "request")},
        "status": {"type": "integer"},
    },
    "required": ["type", "title", "status", "code", "detail", "request"],
}
NOT_OURS: Final = ("/auth/token",)  # refuses in the words of RFC 6749 5.2
_REFUSED: Final[dict[str, Any]] = {
    "description": "A problem",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class _Rendered(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


def config() -> OpenAPIConfig:
    """Served as JSON under /schema."""
    return OpenAPIConfig(title="Yuanzhen", version=version("yuanzhen"), path="/schema", render_plugins=[_Rendered()])


def document(app: Litestar) -> dict[str, Any]:
    """The document as it is served."""
    return with_problems(app.openapi_schema.to_schema())


def with_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The framework's description, with our problems in the place of the refusals that it supposes."""
    schemas = {**described["components"]["schemas"], "Problem": PROBLEM}
    paths = {
        path: item if path in NOT_OURS else {method: _with_problem(operation) for method, operation in item.items()}
        for path, item in described["paths"].items()
    }
    return {**described, "paths": paths, "components": {**described["components"], "schemas": schemas}}


def _with_problem(operation: dict[str, Any]) -> dict[str, Any]:
    answers = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    return {**operation, "responses": {**answers, "default": _REFUSED}}
