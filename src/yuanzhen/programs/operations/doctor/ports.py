"""Ports: free for the next start, or taken by whom."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

from yuanzhen.infrastructure.settings import Settings
from yuanzhen.network.media.shell import turn
from yuanzhen.programs.operations.doctor.finding import Finding

PORTS = ("port", "https_port", "dicom_port", "mllp_port", "turn_port")


def ports(settings: Settings, *, serving: bool) -> Iterator[Finding]:
    """Every port of the settings; in use is as it should be when this home serves."""
    for name in PORTS:
        number = getattr(settings, name)
        if number is not None and (name != "turn_port" or turn.available()):
            yield port(name.replace("_", "-"), settings.host, number, serving=serving)


def port(name: str, host: str, number: int, *, serving: bool) -> Finding:
    """One port: taken for a moment and given back."""
    try:
        socket.create_server((host, number)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return Finding(
                "fail", name, f"{number} 打不开：{error.strerror}", f"{number} cannot be opened: {error.strerror}"
            )
        if serving:
            return Finding("ok", name, f"{number} 由本系统使用", f"{number} is used by this home, which serves")
        return Finding("warn", name, f"{number} 被其他程序占用，启动前请换端口",
                       f"{number} is used by another program: serve needs another")  # fmt: skip
    if serving:
        return Finding("warn", name, f"{number} 没有监听(serve 是否用了别的端口?)",
                       f"{number} is not listened on (does serve use another?)")  # fmt: skip
    return Finding("ok", name, f"{number} 空闲", f"{number} is free")
