"""`yuanzhen audit verify`: proves the trail from its rows, leaves, signed heads, the home's key and `log.head`."""

from __future__ import annotations

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.home import CHECK, LOG_HEAD
from yuanzhen.programs.operations import reach
from yuanzhen.security.audit.chain import Chain
from yuanzhen.security.audit.kept import KeptHead
from yuanzhen.security.audit.report import Report
from yuanzhen.security.audit.verify import verify
from yuanzhen.security.keys.vault import Vault


async def audit(settings: Settings) -> Report:
    """Goes through the whole trail. Beside a running `serve` the trail may grow meanwhile.

    Raises a Problem when the database does not answer, or the chain may not go on (`trail.frontier_wrong`).
    """
    root = reach.known_root(settings)
    vault = Vault(root)
    kept = KeptHead(settings.home / LOG_HEAD)
    serving = reach.is_serving(settings)
    async with reach.reached(settings, root) as reached, reach.application(reached, root) as db:
        if not serving:
            await _chained(Chain(db, vault, kept.keep))
        known = kept.read()  # before the walk: the log may grow meanwhile
        async with db.look(CHECK) as look:
            return await verify(look, vault.home_key, clock.now(), known)


async def _chained(chain: Chain) -> None:
    """The last rows of a stop wait for the next start to be chained: that is no fault, so it is done now."""
    await chain.step(clock.now())
    while chain.behind:
        await chain.step(clock.now())
