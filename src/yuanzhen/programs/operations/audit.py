"""`yuanzhen audit verify`: proves the trail from its rows, its leaves, its signed heads and the home's key."""

from __future__ import annotations

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.database import Database
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.home import CHECK
from yuanzhen.programs.operations import reach
from yuanzhen.security.audit.chain import Chain
from yuanzhen.security.audit.report import Report
from yuanzhen.security.audit.verify import verify
from yuanzhen.security.keys.vault import Vault


async def audit(settings: Settings) -> Report:
    """Goes through the whole trail. Beside a running `serve` the trail may grow meanwhile.

    Raises a Problem when the database does not answer, or the chain may not go on (`trail.frontier_wrong`).
    """
    root = reach.known_root(settings)
    vault = Vault(root)
    serving = reach.is_serving(settings)
    async with reach.reached(settings, root) as reached, reach.application(reached, root) as db:
        if not serving:
            await _chained(Chain(db, vault))
        return await _verified(db, vault)


async def _chained(chain: Chain) -> None:
    """The last rows of a stop wait for the next start to be chained: that is no fault, so it is done now."""
    await chain.step(clock.now())
    while chain.behind:
        await chain.step(clock.now())


async def _verified(db: Database, vault: Vault) -> Report:
    async with db.look(CHECK) as look:
        return await verify(look, vault.home_key, clock.now())
