"""The database: reachable, of the right age, at our schema; and what waits in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import asyncpg

from yuanzhen.infrastructure.db import migrate, provision
from yuanzhen.infrastructure.db.copying import catalogue
from yuanzhen.infrastructure.db.copying.catalogue import Step
from yuanzhen.infrastructure.db.migrate import Migration
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs import home as homes
from yuanzhen.programs.operations import reach, store
from yuanzhen.programs.operations.doctor.finding import Finding
from yuanzhen.security.keys.root import Root

LATE_S = 60.0  # what must follow does so within seconds
CHAINED_S = 10.0  # as `audit verify` judges


async def database(settings: Settings, root: Root, *, serving: bool) -> AsyncIterator[Finding]:
    """All that the database says of itself. Without a running `serve` its server is started for the moment."""
    async with reach.reached(settings, root) as reached, reach.connected(reached.admin) as connection:
        yield await _server(connection, embedded=reached.server is not None)
        if reached.server is None:
            yield await _log(connection)
        await store.as_owner(connection)
        steps = await catalogue.steps(connection)
        yield (ours := schema(steps, migrate.read(homes.MIGRATIONS)))
        if steps:
            yield outbox(await store.late(connection, LATE_S), serving=serving)
            yield trail(*await store.unchained(connection), serving=serving)
        if ours.level == "ok":  # an older one may have no numbers
            yield duty_number([] if settings.duty_phone else await store.without_number(connection))


async def _server(connection: asyncpg.Connection, *, embedded: bool) -> Finding:
    release, number = await store.release(connection), connection.get_server_version()
    where = ("内置", "embedded") if embedded else ("外部", "your own")
    if number.major * 10_000 < provision.OLDEST:
        return Finding("fail", "database", f"PostgreSQL {release} 过旧，至少需要 {provision.OLDEST // 10_000}",
                       f"PostgreSQL {release} is too old: {provision.OLDEST // 10_000} or later")  # fmt: skip
    return Finding("ok", "database", f"PostgreSQL {release},{where[0]}", f"PostgreSQL {release}, {where[1]}")


async def _log(connection: asyncpg.Connection) -> Finding:
    told = ", ".join(await store.telling(connection))
    if told:
        return Finding("warn", "database-log", f"服务器会把语句写进日志，其中有患者信息：{told}(见 docs/operations.md)",
                       f"it logs statements, patients' data with them: {told} (docs/operations.md)")  # fmt: skip
    return Finding("ok", "database-log", "不记录语句", "no statements in it")


def schema(steps: Sequence[Step], known: Sequence[Migration]) -> Finding:
    """What the database went through against what this program knows."""
    changed = [s.name for s, k in zip(steps, known, strict=False) if (s.number, s.checksum) != (k.number, k.checksum)]
    if changed:
        return Finding("fail", "schema", f"{changed[0]} 与本程序不符", f"{changed[0]} is not this program's")
    if len(steps) > len(known):
        return Finding("fail", "schema", f"数据库比本程序新({steps[-1].name}):请用新版程序",
                       f"the database is newer than this program ({steps[-1].name})")  # fmt: skip
    if len(steps) < len(known):
        wait = len(known) - len(steps)
        return Finding("warn", "schema", f"有 {wait} 步升级，将在下次启动时执行(先备份)",
                       f"{wait} steps wait for the next start: back up first")  # fmt: skip
    return Finding("ok", "schema", f"第 {len(steps)} 步", f"at step {len(steps)}")


def outbox(rows: Sequence[asyncpg.Record], *, serving: bool) -> Finding:
    """What should have been delivered and was not."""
    if not rows:
        return Finding("ok", "outbox", "没有积压", "nothing is late")
    told = "; ".join(
        f"{row['listener']} {row['count']} ({row['age_s']:.0f} s{''.join(', ' + code for code in row['problems'])})"
        for row in rows
    )
    if not serving:
        return Finding("ok", "outbox", f"等待下次启动：{told}", f"waits for the next start: {told}")
    return Finding("warn", "outbox", f"未送达：{told}", f"not delivered: {told}")


def trail(count: int, age_s: float, *, serving: bool) -> Finding:
    """How far the chain is behind the trail."""
    if serving and age_s > CHAINED_S:
        return Finding("warn", "trail", f"{count} 条日志未入链，最早的已 {age_s:.0f} 秒",
                       f"{count} rows are not chained, the oldest for {age_s:.0f} s")  # fmt: skip
    if count and not serving:
        return Finding("ok", "trail", f"{count} 条日志将在下次启动时入链", f"{count} rows wait for the next start")
    return Finding("ok", "trail", "日志已入链", "chained")


def duty_number(without: Sequence[str]) -> Finding:
    """Whether an asker is told a number when nobody answers an emergency, whichever house was asked."""
    if without:
        told = ", ".join(without)
        return Finding("warn", "duty-number", f"无人应答时没有电话可打：{told}",
                       f"nobody to phone when an emergency is not answered: {told}")  # fmt: skip
    return Finding("ok", "duty-number", "无人应答时有电话可打", "there is one to phone when nobody answers")


def push(settings: Settings) -> Finding:
    """Whether an emergency rings telephones too."""
    if settings.push_url and not settings.push_secret:
        return Finding("fail", "push", "网关没有密钥，无法签名（YUANZHEN_PUSH_SECRET）",
                       "the gateway has no secret to sign with (YUANZHEN_PUSH_SECRET)")  # fmt: skip
    if settings.push_url:
        return Finding("ok", "push", "急会诊同时呼叫电话", "an emergency rings telephones too")
    return Finding("ok", "push", "未设网关，急会诊只在页面上呼叫（YUANZHEN_PUSH_URL）",
                   "no gateway is set: an emergency rings pages alone (YUANZHEN_PUSH_URL)")  # fmt: skip
