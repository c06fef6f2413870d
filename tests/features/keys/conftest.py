"""The vault of a home with a root key that is always the same."""

from __future__ import annotations

import pytest

from yuanzhen.security.keys.root import Root
from yuanzhen.security.keys.vault import Vault


@pytest.fixture
def vault() -> Vault:
    return Vault(Root(bytes(range(32)), sealed=False))
