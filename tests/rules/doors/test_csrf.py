"""Whether an unsafe request was meant."""

from __future__ import annotations

import pytest

from yuanzhen.doors import csrf
from yuanzhen.infrastructure.errors import Forbidden

HOST = {"host": "localhost:8443"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://localhost:8443"},
        {"origin": "https://LOCALHOST:8443", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_our_own_pages_and_programs_may(headers: dict[str, str]) -> None:
    csrf.same_origin(HOST | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://localhost"},
        {"origin": "https://localhost:8443.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://localhost:8443", "sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match=r"csrf\.other_site"):
        csrf.same_origin(HOST | headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "SOMETHING"])
def test_an_unsafe_method_needs_the_value(method: str) -> None:
    csrf.meant(method, HOST | {"x-csrf-token": "right"}, "right")
    for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "Right"}, {"x-csrf-token": "é"}):
        with pytest.raises(Forbidden, match=r"csrf\.missing"):
            csrf.meant(method, HOST | headers, "right")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_method_needs_none(method: str) -> None:
    csrf.meant(method, {"origin": "https://evil.example"}, "right")
