"""A page of a list, as every list of `/api` answers it."""

from __future__ import annotations

import msgspec


class Page(msgspec.Struct, kw_only=True):
    """Its list adds `items`, in their order. `next` is what `after` takes to go on from there; None at the end.

    Not generic: each list is a type of its own name in the OpenAPI.
    """

    next: str | None = None
