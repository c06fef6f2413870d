"""The machine: its disks, and the parts that the product and its people use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from yuanzhen.infrastructure import clock
from yuanzhen.infrastructure.db.embedded.binaries import programs_for
from yuanzhen.infrastructure.db.embedded.places import Places
from yuanzhen.infrastructure.processes.account import account_for
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.network.media.shell import janus, turn
from yuanzhen.programs.center import pages_folder
from yuanzhen.programs.operations.doctor.finding import Finding, Level
from yuanzhen.security.crypto import sm4
from yuanzhen.security.scanning import engine

MIB = 1 << 20
FULL, SCARCE = 256 * MIB, 5120 * MIB  # bytes free: below these writes will fail soon, somebody should make room
SCARCE_SHARE = 0.05  # of the disk
OLD_SIGNATURES_DAYS = 7
FEW_FILES = 10_000  # that can still be made


def disks(settings: Settings) -> Iterator[Finding]:
    """The room on each disk that the home writes to."""
    seen = set()
    for place in (settings.home, _blobs(settings.blobs_url)):
        standing = next(one for one in (place, *place.parents) if one.exists()) if place else None
        if standing is None or standing.stat().st_dev in seen:
            continue
        seen.add(standing.stat().st_dev)
        usage, files = shutil.disk_usage(standing), os.statvfs(standing)
        level = disk_level(usage.free, usage.total, files.f_favail if files.f_files else None)
        free = f"{usage.free // MIB} MiB / {usage.total // MIB} MiB"
        yield Finding(level, "disk", f"{standing} 可用 {free}", f"{standing} has {free} free")


def disk_level(free: int, total: int, files: int | None) -> Level:
    """How a disk stands with so many bytes free of so many, and room for so many files (None: no limit)."""
    if free < FULL or files == 0:
        return "fail"
    scarce = free < SCARCE or free < total * SCARCE_SHARE or (files is not None and files < FEW_FILES)
    return "warn" if scarce else "ok"


def _blobs(url: str | None) -> Path | None:
    return Path(unquote(urlsplit(url).path)) if url and url.startswith("file:") else None


def programs(settings: Settings) -> Finding:
    """The embedded server's own programs, run once."""
    if settings.database_url is not None:
        return Finding("ok", "database-programs", "使用外部数据库", "a server of your own is used")
    postgres = programs_for(account_for(Places.of(settings.home).data)) / "postgres"
    done = subprocess.run(  # noqa: S603  # our own program and a list, no shell
        [str(postgres), "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    said = (done.stdout or done.stderr).strip().splitlines()[:1]
    level: Level = "fail" if done.returncode else "ok"
    return Finding(level, "database-programs", " ".join(said), " ".join(said))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the machine: how it is found, how bad its lack is, what for, and what brings it."""

    name: str
    found: Callable[[], bool]
    lack: Level
    zh: str
    en: str


def _fonts() -> bool:
    return any(Path("/usr/share/fonts").rglob("*CJK*"))


PARTS = (
    Part("janus", janus.available, "warn", "会诊室只能两人直接通话；apt-get install janus(先 systemctl mask janus)",
         "a room is for two alone without it, from page to page: systemctl mask janus, apt-get install janus"),
    Part("coturn", turn.available, "warn", "防火墙后的人没有音视频；apt-get install coturn(先 systemctl mask coturn)",
         "who is behind a firewall has no media without it: systemctl mask coturn, apt-get install coturn"),
    Part("pages", lambda: pages_folder() is not None, "warn", "网页尚未构建；make setup",
         "the portals are not built: make setup"),
    Part("fonts", _fonts, "warn", "本机浏览器缺少中文字体；apt-get install fonts-noto-cjk",
         "this machine's browser draws Chinese as boxes: apt-get install fonts-noto-cjk"),
    Part("chromium", lambda: shutil.which("chromium") is not None, "warn", "网页测试需要；apt-get install chromium",
         "only the tests of the pages need it: apt-get install chromium"),
    Part("dcmtk", lambda: shutil.which("storescu") is not None, "warn", "DICOM 互通测试需要；apt-get install dcmtk",
         "only the tests with an independent DICOM peer need it: apt-get install dcmtk"),
)  # fmt: skip


SM4_BY: dict[sm4.Engine, tuple[Level, str, str]] = {
    "native": ("ok", "使用处理器指令(GFNI、AVX-512)", "in the processor's own instructions (GFNI, AVX-512)"),
    "libgcrypt": ("ok", "使用 libgcrypt：处理器没有 GFNI 或 AVX-512，或尚未编译(make setup)",
                  "by libgcrypt: the processor lacks GFNI or AVX-512, or ours is not compiled (make setup)"),
    "pyca": ("warn", "批量加密慢数倍；apt-get install libgcrypt20",
             "bulk encryption is several times slower than it could be: apt-get install libgcrypt20"),
}  # fmt: skip


def cipher(_: Settings) -> Finding:
    """Which engine seals and opens."""
    level, zh, en = SM4_BY[sm4.engine()]
    return Finding(level, "sm4", zh, en)


def scanner(settings: Settings) -> Finding:
    """The virus scanner, and how old its signatures are."""
    if engine.program() is None:
        how = "systemctl mask clamav-daemon, apt-get install clamav-daemon"
        return Finding(
            "warn", "clamav", f"缺少：会诊室文件不做病毒扫描；{how}", f"lacks: files in rooms are not scanned: {how}"
        )
    written = engine.signatures_of(settings.signatures)
    if written is None:
        return Finding("warn", "clamav", f"没有病毒库（{settings.signatures}）：文件都不做扫描",
                       f"signatures: none (in {settings.signatures}): no file is scanned")  # fmt: skip
    days = (clock.now() - written).days
    level: Level = "warn" if days > OLD_SIGNATURES_DAYS else "ok"
    return Finding(level, "clamav", f"病毒库 {days} 天前更新", f"signatures: {days} days old")


def parts() -> Iterator[Finding]:
    """Each part that is there, or lacks and what brings it."""
    for part in PARTS:
        if part.found():
            yield Finding("ok", part.name, "已安装", "is there")
        else:
            yield Finding(part.lack, part.name, f"缺少：{part.zh}", f"lacks: {part.en}")
