"""The limit on open files: raised as far as it may be, never lowered."""

import resource
import subprocess
import sys

import pytest

TRIED = (
    "import resource, sys; from yuanzhen.infrastructure.descriptors import allow_many; "
    "resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2]))); "
    "print(allow_many(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
)


@pytest.mark.parametrize(("soft", "hard", "then"), [(256, 2048, 2048), (2048, 2048, 2048), (300, 300, 300)])
def test_the_limit_is_raised_as_far_as_it_may_be(soft: int, hard: int, then: int) -> None:
    if hard > resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 0:
        pytest.skip("the machine allows fewer")
    said = subprocess.run(
        [sys.executable, "-c", TRIED, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert [int(word) for word in said.stdout.split()] == [then, then, hard]
