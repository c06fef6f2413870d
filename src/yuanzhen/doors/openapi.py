"""The OpenAPI document: what each route takes and answers, and how all of them refuse."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from litestar import Litestar, Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

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
TOKEN_ERROR: Final[dict[str, Any]] = {
    "title": "TokenError",
    "description": "A refusal (RFC 6749 5.2)",
    "type": "object",
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    "required": ["error"],
}
TOKEN_FORM: Final[dict[str, Any]] = {
    "title": "TokenForm",
    "description": "RFC 6749 4.4.2; the client names itself here or by HTTP Basic",
    "type": "object",
    "properties": {
        "grant_type": {"const": "client_credentials"},
        **{name: {"type": "string"} for name in ("scope", "client_id", "client_secret")},
    },
    "required": ["grant_type"],
    "additionalProperties": {"type": "string"},
}
OWN_SCHEMAS: Final = {"Problem": PROBLEM, "TokenError": TOKEN_ERROR, "TokenForm": TOKEN_FORM}
NOT_OURS: Final = {"/auth/token": ("application/json", "TokenError")}  # refuses in words of its own standard
_SCHEMAS: Final = "#/components/schemas/"
FORM: Final = "multipart/form-data"
_FILE: Final = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


class _Rendered(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


def takes_file(*kinds: str) -> type[Operation]:
    """The operation class of a route whose body is a file of these media types; in a `FORM` it is the only part."""
    form = Schema(type=OpenAPIType.OBJECT, properties={"file": _FILE}, required=["file"])
    body = RequestBody({kind: OpenAPIMediaType(form if kind == FORM else _FILE) for kind in kinds}, required=True)

    @dataclass
    class TakesFile(Operation):
        def __post_init__(self) -> None:
            self.request_body = body

    return TakesFile


def config() -> OpenAPIConfig:
    """Served as JSON under /schema."""
    return OpenAPIConfig(title="Yuanzhen", version=version("yuanzhen"), path="/schema", render_plugins=[_Rendered()])


def document(app: Litestar) -> dict[str, Any]:
    """The document as it is served."""
    return with_problems(app.openapi_schema.to_schema())


def with_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The framework's description, with our refusals in the place of those that it supposes, bodies as closed as they
    are, and the one form that it cannot see.
    """
    schemas = {**described["components"]["schemas"], **OWN_SCHEMAS}
    for name in _taken(described["paths"], schemas):
        if "properties" in schemas[name]:
            schemas[name] = {**schemas[name], "additionalProperties": False}
    paths = {
        path: {
            method: _with_refusal(operation, *NOT_OURS.get(path, (MEDIA_TYPE, "Problem")))
            for method, operation in item.items()
        }
        for path, item in described["paths"].items()
    }
    form = {"content": {"application/x-www-form-urlencoded": {"schema": {"$ref": _SCHEMAS + "TokenForm"}}}}
    paths["/auth/token"]["post"]["requestBody"] = form | {"required": True}
    return {**described, "paths": paths, "components": {**described["components"], "schemas": schemas}}


def _with_refusal(operation: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    answers = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    schema = {"$ref": _SCHEMAS + name}
    refused = {"description": "A refusal", "content": {kind: {"schema": schema}}}
    return {**operation, "responses": {**answers, "default": refused}}


def _taken(paths: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """The names of the schemas that stand in bodies of requests."""
    waiting = [operation.get("requestBody", {}) for item in paths.values() for operation in item.values()]
    found: set[str] = set()
    while waiting:
        for name in _named(waiting.pop()) - found:
            found.add(name)
            waiting.append(schemas[name])
    return found


def _named(node: Any) -> set[str]:
    """The schemas that a part of the document names."""
    if isinstance(node, dict):
        own = {node["$ref"].removeprefix(_SCHEMAS)} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_named, node.values()))
    return set().union(*map(_named, node)) if isinstance(node, list) else set()
