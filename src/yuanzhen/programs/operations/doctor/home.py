"""The home itself: whose it is, who may look into it, its root key, and its store of objects."""

from __future__ import annotations

import os
from collections.abc import Iterator

from yuanzhen.infrastructure.blobs import open_blobs
from yuanzhen.infrastructure.ids import new_id
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations.doctor.finding import Finding
from yuanzhen.programs.operations.restore import MARK
from yuanzhen.security.keys.objects import Objects
from yuanzhen.security.keys.root import Root

OTHERS = 0o077
PROBE = b"doctor"


def home(settings: Settings) -> Iterator[Finding]:
    """The folder: there or not yet, finished, writable, closed to others."""
    folder = settings.home
    if not folder.exists():
        yield Finding(
            "ok", "home", f"{folder} 尚不存在，首次启动时生成", f"{folder} is not there yet: the first start makes it"
        )
        return
    mode = folder.stat().st_mode & 0o777
    if (folder / MARK).exists():
        yield Finding("fail", "home", f"{folder} 的恢复没有完成：请删除该目录后重新恢复",
                      f"the restore into {folder} has not ended: remove the folder and restore again")  # fmt: skip
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("fail", "home", f"{folder} 不可写", f"{folder} cannot be written by this user")
    elif mode & OTHERS:
        yield Finding("warn", "home", f"{folder} 对其他用户开放(权限 {mode:04o});chmod 700",
                      f"{folder} is open to other users (mode {mode:04o}): chmod 700")  # fmt: skip
    else:
        yield Finding("ok", "home", f"{folder}(权限 {mode:04o})", f"{folder} (mode {mode:04o})")


def root_key(root: Root) -> Finding:
    """Whether whoever reads the home's disk has the home."""
    if root.sealed:
        return Finding("ok", "root-key", "已用口令封存", "sealed with a passphrase")
    return Finding("warn", "root-key", "没有口令：谁读到磁盘，谁就能打开一切：yuanzhen keys passphrase",
                   "no passphrase: whoever reads this disk can open everything: yuanzhen keys passphrase")  # fmt: skip


async def objects(settings: Settings, root: Root) -> Finding:
    """The store of objects: one written, read and removed; sealed like all others, for a backup may meet it."""
    blobs, key = open_blobs(settings.blobs_url, settings.home), f"doctor-{new_id()}"
    sealed = Objects(root, blobs)
    await sealed.put(key, PROBE)
    try:
        whole = await sealed.get(key) == PROBE
    finally:
        await blobs.delete(key)
    if not whole:
        return Finding("fail", "objects", "读回的内容不符", "what was read back differs")
    return Finding("ok", "objects", "可写可读", "written, read and removed")
