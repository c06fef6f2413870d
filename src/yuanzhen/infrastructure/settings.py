"""Settings: one frozen object from flags and environment, read once at start and passed down.

`TABLE` is the list of all of them; the handbook's page is made from it by `describe`. What a setting is used for is
not known here.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from yuanzhen.infrastructure.errors import Invalid
from yuanzhen.infrastructure.telephone import may_be_number

PREFIX = "YUANZHEN_"
PORTS = range(1, 65536)
IDLE_MINUTES = range(1, 1441)
MESSAGE_DAYS = range(1, 3651)
CLOSE_DAYS = range(1, 366)
RECORDING_DAYS = range(1, 36501)
RING_S = range(1, 601)
SHORTEST_SECRET = 16
MEDIA_SERVERS = range(1, 33)
PORTS_OF_ONE = 20  # that each of several media servers needs at least
GLASS_HOURS = range(1, 25)
UPLOAD_MB = range(1, 100_001)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_INTERFACE = re.compile(r"[\w.-]{1,15}")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a start can be told; addresses that may carry a password are left out of its `repr`."""

    home: Path
    host: str
    port: int
    https_port: int
    dicom_port: int
    mllp_port: int
    names: tuple[str, ...]
    idle_minutes: int
    message_days: int
    close_days: int
    recording_days: int
    glass_hours: int
    upload_mb: int
    signatures: Path
    ring_s: int
    duty_phone: str
    push_url: str
    push_secret: str = field(repr=False)
    media_ports: range
    media_servers: int
    media_address: str | None
    media_interfaces: tuple[str, ...]
    turn_port: int | None
    turn_ports: range
    turn_peers: tuple[str, ...]
    log_level: str
    trust_loopback: bool
    passphrase_file: Path | None
    time_source: tuple[str, int] | None
    database_url: str | None = field(repr=False)
    blobs_url: str | None = field(repr=False)


class Fault(Exception):
    """Why a value cannot be taken, in words that do not repeat it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: the field it fills, its default as text, how its text is read, the rule, and what it is for."""

    field: str
    default: str
    read: Callable[[str], Any]
    rule: str
    zh: str
    en: str
    secret: bool = False

    @property
    def name(self) -> str:
        """The environment variable; the flag is the same word (`YUANZHEN_HTTPS_PORT`, `--https-port`)."""
        return PREFIX + self.field.upper()


def _port(text: str) -> int:
    return _whole(text, PORTS)


def _minutes(text: str) -> int:
    return _whole(text, IDLE_MINUTES)


def _days(text: str) -> int:
    return _whole(text, MESSAGE_DAYS)


def _days_until_closed(text: str) -> int:
    return _whole(text, CLOSE_DAYS)


def _days_recorded(text: str) -> int:
    return _whole(text, RECORDING_DAYS)


def _hours_open(text: str) -> int:
    return _whole(text, GLASS_HOURS)


def _megabytes(text: str) -> int:
    return _whole(text, UPLOAD_MB)


def _ring_seconds(text: str) -> int:
    return _whole(text, RING_S)


def _media_servers(text: str) -> int:
    return _whole(text, MEDIA_SERVERS)


def _telephone(text: str) -> str:
    if not may_be_number(text):
        raise Fault("not a telephone number")
    return text


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment):
        raise Fault("no http address")
    return text


def _secret(text: str) -> str:
    if text and len(text) < SHORTEST_SECRET:
        raise Fault("too short")
    return text


def _whole(text: str, among: range) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Fault("not a whole number")
    if int(text) not in among:
        raise Fault("out of range")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise Fault("neither 0 nor 1")
    return text == "1"


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise Fault("no such level")
    return text.upper()


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return _host_name(text)


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise Fault("not a host name")
    return text.lower()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(_host(name.strip()) for name in text.split(",") if name.strip())
    if not names:
        raise Fault("no name in it")
    return names


def _home(text: str) -> Path:
    """Absolute from here on: a later change of the working directory cannot move the home."""
    home = Path(text).expanduser().absolute()
    try:
        standing = next(place for place in (home, *home.parents) if place.exists())
    except PermissionError:
        raise Fault("out of reach") from None
    if not standing.is_dir():
        raise Fault("a file stands in its place")
    if not os.access(standing, os.W_OK | os.X_OK):
        raise Fault("not writable")
    return home


def _folder(text: str) -> Path:
    if not text.startswith("/"):
        raise Fault("no whole path")
    return Path(text)


def _file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise Fault("no file that we may read")
    return path


def _ports(text: str) -> range:
    first, dash, last = text.partition("-")
    if not dash:
        raise Fault("no range")
    ports = range(_port(first), _port(last) + 1)
    if not ports:
        raise Fault("ends before it begins")
    return ports


def _port_or_none(text: str) -> int | None:
    return None if text in ("", "0") else _port(text)


def _ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise Fault("not an IPv4 address") from None


def _ipv4_or_none(text: str) -> str | None:
    return _ipv4(text) if text else None


def _interfaces(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not all(_INTERFACE.fullmatch(name) for name in names):
        raise Fault("not the name or address of an interface")
    return names


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.IPv4Network(part.strip())) for part in text.split(",") if part.strip())
    except ValueError:
        raise Fault("not a network") from None


def _host_and_port(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    if not colon:
        raise Fault("no port in it")
    return _host(host.strip("[]")), _port(port)


def _url(text: str, schemes: tuple[str, ...]) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Fault("not a URL") from None
    if parts.scheme not in schemes:
        raise Fault("another scheme")
    if port == 0:
        raise Fault("port out of range")
    return text


def _database_url(text: str) -> str | None:
    url = _url(text, ("postgresql", "postgres"))
    if url and not urlsplit(url).path.strip("/"):
        raise Fault("names no database")
    return url


def _blobs_url(text: str) -> str | None:
    url = _url(text, ("s3", "file"))
    if url and url.startswith("s3") and not urlsplit(url).hostname:
        raise Fault("names no bucket")
    if url and url.startswith("file") and not urlsplit(url).path.startswith("/"):
        raise Fault("names no folder")
    return url


TABLE: tuple[Setting, ...] = (
    Setting("home", ".yuanzhen", _home, "a folder we may write, or may make",
            "系统写入的一切都在这个目录里", "The folder that holds everything the system writes"),
    Setting("host", "127.0.0.1", _host, "an address or a host name",
            "对外服务监听的地址", "The address on which the ports are opened"),
    Setting("port", "8080", _port, "1 to 65535",
            "HTTP 端口:本机或反向代理之后", "HTTP on loopback or behind a proxy"),
    Setting("https_port", "8443", _port, "1 to 65535",
            "HTTPS 端口:供浏览器使用(摄像头与 WebAuthn 需要安全上下文)",
            "HTTPS for browsers: camera and WebAuthn want a secure context"),
    Setting("dicom_port", "11112", _port, "1 to 65535",
            "DICOM 端口,明文与 TLS 共用", "DICOM, with and without TLS"),
    Setting("mllp_port", "2575", _port, "1 to 65535",
            "HL7 v2(MLLP)端口,明文与 TLS 共用", "HL7 v2 by MLLP, with and without TLS"),
    Setting("names", "localhost", _names, "host names, with commas between",
            "浏览器可以用来打开本系统的名称", "The names under which browsers may open the system"),
    Setting("idle_minutes", "30", _minutes, "1 to 1440",
            "无操作多少分钟后自动退出登录", "Minutes without an act after which a session ends"),
    Setting("message_days", "90", _days, "1 to 3650",
            "收到和发出的 HL7 消息原文保留多少天（待处理的一直保留）",
            "Days for which HL7 messages are kept as they came and went; what waits stays"),
    Setting("close_days", "14", _days_until_closed, "1 to 365",
            "会诊意见签署（或更正）多少天后会诊自动结束",
            "Days after an opinion was signed, or changed, after which a consultation closes by itself"),
    Setting("recording_days", "180", _days_recorded, "1 to 36500",
            "会诊室录像在结束多少天后销毁",
            "Days after its end after which what was recorded of a room is destroyed"),
    Setting("glass_hours", "4", _hours_open, "1 to 24",
            "紧急打开的病历几小时后自动关闭",
            "Hours for which a record that was opened in need stays open"),
    Setting("upload_mb", "512", _megabytes, "1 to 100000",
            "上传一个文件（照片、PDF、视频）最大多少 MB",
            "The largest photo, PDF or video that may be uploaded, in MiB"),
    Setting("signatures", "/var/lib/clamav", _folder, "a folder, as a whole path",
            "病毒库（ClamAV）所在目录；由 freshclam 更新", "Where ClamAV's signatures are; freshclam keeps them new"),
    Setting("ring_s", "60", _ring_seconds, "1 to 600",
            "急会诊呼叫一圈值班人员多少秒无人应答后转呼下一圈",
            "Seconds for which an emergency calls one circle of those on duty before the next"),
    Setting("duty_phone", "", _telephone, "a telephone number, or empty",
            "无人应答时告诉求助方的总值班电话（必须有人接听）；有自己号码的机构用自己的",
            "The number that an asker is told when nobody answers, where the institution has none of its own"),
    Setting("push_url", "", _http_url, "an http or https address, or empty",
            "急会诊同时通过该网关（短信或电话）呼叫值班人；留空则只在页面上呼叫",
            "A gateway (SMS or telephone) that rings those whom an emergency calls; empty: pages alone ring"),
    Setting("push_secret", "", _secret, "at least 16 characters, or empty",
            "与该网关共享的密钥，用来签名每个请求", "The secret shared with it, with which each request is signed",
            secret=True),
    Setting("media_ports", "20000-20999", _ports, "FROM-TO",
            "会诊室音视频使用的 UDP 端口", "UDP ports for the media of rooms"),
    Setting("media_servers", "1", _media_servers, "1 to 32",
            "运行几个媒体服务器；每个约占一个处理器核，会诊室分布其上",
            "Media servers to run, about one for each core that is theirs; rooms are spread over them"),
    Setting("media_address", "", _ipv4_or_none, "an IPv4 address, or empty",
            "本机在地址转换（NAT）之外的地址；没有则留空",
            "The address that a router shows for this machine; empty where there is none"),
    Setting("media_interfaces", "", _interfaces, "names or addresses of interfaces, with commas between; or empty",
            "音视频使用的网卡；留空为全部", "The interfaces for media; empty means all"),
    Setting("turn_port", "3478", _port_or_none, "1 to 65535, or 0 for none",
            "中继（TURN）端口，UDP 与 TCP；0 为不启用", "TURN, UDP and TCP, for who cannot reach the media ports"),
    Setting("turn_ports", "21000-21999", _ports, "FROM-TO",
            "中继转发使用的 UDP 端口", "UDP ports from which TURN relays"),
    Setting("turn_peers", "", _networks, "IPv4 networks, with commas between; or empty",
            "中继可以到达的网络；留空则只到本机", "Networks that TURN relays to; empty means this machine alone"),
    Setting("log_level", "INFO", _level, "DEBUG, INFO, WARNING or ERROR",
            "日志的详细程度", "How much the log tells"),
    Setting("trust_loopback", "1", _switch, "0 or 1",
            "1:未登记的本机设备可按本院身份收发 DICOM 与 HL7",
            "1: peers on loopback need no enrolment for DICOM and HL7"),
    Setting("passphrase_file", "", _file, "a file that we may read, or empty",
            "保存根密钥口令的文件;留空则根密钥不加口令",
            "The file with the root key's passphrase; empty means that the root key has none"),
    Setting("time_source", "", _host_and_port, "HOST:PORT, or empty",
            "时间服务器(NTP)；doctor 用它核对本机时钟", "A time server (NTP) that doctor compares the clock with"),
    Setting("database_url", "", _database_url, "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or empty",
            "外部 PostgreSQL 服务器;留空则使用内置的",
            "A PostgreSQL server; empty means the embedded one", secret=True),
    Setting("blobs_url", "", _blobs_url, "s3://BUCKET/PREFIX or file:///FOLDER, or empty",
            "影像与录像的对象存储;留空则存放在 home 内",
            "Where objects are kept; empty means in the home", secret=True),
)  # fmt: skip

# Fixed towards outside for parts that do not run yet: known, so that naming one is no fault, and not read.
NOT_YET = tuple(PREFIX + word for word in (
    "MQTT_PORT", "MQTTS_PORT", "SM_PORT", "BUS_URL",
))  # fmt: skip


def read(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> Settings:
    """The settings of this start: a flag (by field name; None: not given), else its variable, else the default.

    Raises one `Invalid` (`settings.invalid`) whose `faults` name every fault at once and never a secret's value.
    """
    faults = _unknown(environ, flags)
    values: dict[str, Any] = {}
    for setting in TABLE:
        given = flags.get(setting.field)
        text = environ.get(setting.name, setting.default) if given is None else given
        try:
            values[setting.field] = setting.read(text.strip())
        except Fault as fault:
            shown = "" if setting.secret else f" {text!r}"
            faults.append(f"{setting.name}{shown}: {fault}; wanted is {setting.rule}")
    faults += [*_shared_ports(values), *_few_ports(values)]
    if faults:
        raise Invalid("settings.invalid", faults=faults)
    return Settings(**values)


def _unknown(environ: Mapping[str, str], flags: Mapping[str, str | None]) -> list[str]:
    known = [setting.name for setting in TABLE]
    given = [name for name in environ if name.startswith(PREFIX)] + [PREFIX + flag.upper() for flag in flags]
    return [
        f"{name}: no such setting"
        + "".join(f"; is {near} meant?" for near in difflib.get_close_matches(name, known, 1))
        for name in sorted(set(given) - set(known) - set(NOT_YET))
    ]


def _few_ports(values: Mapping[str, Any]) -> list[str]:
    ports, servers = values.get("media_ports"), values.get("media_servers")
    if ports is None or servers in (None, 1) or len(ports) >= PORTS_OF_ONE * servers:
        return []
    return [f"{PREFIX}MEDIA_PORTS: {len(ports)} ports are too few for {servers} media servers"]


def _shared_ports(values: Mapping[str, Any]) -> list[str]:
    seen: dict[int, str] = {}
    faults = []
    for setting in TABLE:
        port = values.get(setting.field)
        if setting.read is not _port or port is None:
            continue
        if port in seen:
            faults.append(f"{setting.name} '{port}': the same as {seen[port]}; wanted is a port of its own")
        seen.setdefault(port, setting.name)
    return faults


def describe(language: Literal["zh", "en"]) -> str:
    """The table of settings as Markdown, for the handbook."""
    heads = {"zh": "| 设置 | 缺省 | 取值 | 用途 |", "en": "| setting | default | takes | for |"}
    rows = [
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {setting.rule} "
        f"| {setting.zh if language == 'zh' else setting.en} |"
        for setting in TABLE
    ]
    return "\n".join([heads[language], "| --- | --- | --- | --- |", *rows]) + "\n"
