"""`yuanzhen keys passphrase`: another passphrase for the root key. The key stays, and with it all that hangs on it.

A passphrase comes from the file that the settings name, from standard input or from the terminal: whoever lists the
machine's processes reads their arguments.
"""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yuanzhen.infrastructure.errors import Forbidden, Invalid
from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.operations import reach
from yuanzhen.programs.operations.restore import passphrase as set_passphrase
from yuanzhen.security.keys import root
from yuanzhen.security.keys.root import Root

Words = tuple[str, str]  # zh, en
Ask = Callable[[Words], bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed: whether there was a passphrase and is one now, who runs, and whether the settings know it."""

    home: str
    was_sealed: bool
    is_sealed: bool
    serving: bool
    is_set: bool

    def told(self) -> Iterator[Words]:
        """What to know and do now, a line each."""
        if not self.is_sealed:
            yield f"{self.home}：根密钥不再有口令", f"{self.home}: the root key has no passphrase any more"
        elif self.was_sealed:
            yield f"{self.home}：根密钥的口令已更换", f"{self.home}: the root key has another passphrase"
        else:
            yield f"{self.home}：根密钥已加口令", f"{self.home}: the root key has a passphrase"
        if self.serving:
            yield "系统正在运行，不受影响，下次启动才用到口令", "the centre runs, and goes on: a start asks for it"
        if not self.is_set and self.is_sealed:
            yield ("下次启动或执行命令之前，请把它写入 YUANZHEN_PASSPHRASE_FILE 所指的文件",
                   "put it where YUANZHEN_PASSPHRASE_FILE points before the next start or command")  # fmt: skip
        elif not self.is_set:
            yield ("下次启动或执行命令之前，请去掉 YUANZHEN_PASSPHRASE_FILE",
                   "take YUANZHEN_PASSPHRASE_FILE out of the settings before the next start or command")  # fmt: skip
        if self.was_sealed:
            yield "此前的备份仍用旧口令", "backups made before keep the old one"
        else:
            yield "此前的备份没有口令，谁拿到都能打开", "backups made before have none: whoever has one can open it"


async def change(settings: Settings, ask: Ask, wanted: Callable[[], bytes | None]) -> Change:
    """Asks for the present passphrase where the settings do not tell it, then for the `wanted` one (None: none).

    Raises as `change_passphrase` does, with the file as it was; Forbidden `home.not_yours` for another user's home.
    """
    path = reach.root_file(settings)
    owner = path.stat().st_uid
    if owner != os.geteuid():  # also as root: the new file would be root's, and the service could not read it
        raise Forbidden("home.not_yours", place=str(path), owner=owner, you=os.geteuid())
    was_sealed = root.is_sealed(path)
    present = (set_passphrase(settings) or ask(("现在的口令：", "Present passphrase: "))) if was_sealed else None
    opened = Root.open(path, present, may_create=False)
    new = wanted()
    serving = reach.is_serving(settings)
    async with reach.reached(settings, opened) as reached, reach.application(reached, opened) as db:
        await reach.noted(db, "center.passphrase")
    root.change_passphrase(path, present, new)
    return Change(str(settings.home), was_sealed, new is not None, serving, set_passphrase(settings) == new)


def chosen_at(ask: Ask) -> bytes:
    """A new passphrase, typed twice. Invalid `root.passphrase_differs`."""
    first = ask(("新口令：", "New passphrase: "))
    if first != ask(("再输入一次：", "The same again: ")):
        raise Invalid("root.passphrase_differs", place="terminal", rule="the same twice")
    return first


def typed(words: str) -> bytes:
    """What is typed at the terminal and not shown there. Invalid `root.passphrase_wanted` without a terminal."""
    if not sys.stdin.isatty():
        raise Invalid(
            "root.passphrase_wanted", place="standard input", rule="a terminal, or else YUANZHEN_PASSPHRASE_FILE for "
            "the present one and --passphrase-stdin for the new one",
        )  # fmt: skip
    # The loop takes the first Ctrl-C for itself, and nothing would end while somebody is asked.
    loops = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass(words).encode(errors="surrogateescape").strip()
    except (KeyboardInterrupt, EOFError):
        raise Invalid("root.passphrase_wanted", place="terminal") from None
    finally:
        signal.signal(signal.SIGINT, loops)


def given() -> bytes:
    """All of standard input, as a passphrase's file is read."""
    return sys.stdin.buffer.read().strip()
