"""The page on security tells each bound as it is in the code."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from yuanzhen.data.exchange.dicom import association
from yuanzhen.data.exchange.hl7v2 import ack, message, mllp
from yuanzhen.data.intake import stow
from yuanzhen.doors import edge, hub, live, patience
from yuanzhen.infrastructure.settings import TABLE
from yuanzhen.programs import center
from yuanzhen.security.identity import guests, model

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
HTTP, LIVE = patience.Bounds(), live.Pace()
MLLP, DICOM = mllp.Limits(), association.Limits()
IDLE = next(row.default for row in TABLE if row.field == "idle_minutes")


def size(count: int) -> str:
    power = max(power for power in range(4) if count >= 1024**power)
    assert count % 1024**power == 0
    return f"{count // 1024**power} {('bytes', 'KiB', 'MiB', 'GiB')[power]}"


def minutes(life: timedelta) -> str:
    return f"{life.total_seconds() / 60:.0f} min"


def hours(life: timedelta) -> str:
    return f"{life.total_seconds() / 3600:.0f} h"


ROWS = [
    f"| HTTP | head of a request | {size(HTTP.head_bytes)}, within {HTTP.head_s:.0f} s |",
    f"| HTTP | body, in general | {size(edge.LARGEST_BODY)}, within {HTTP.body_s:.0f} s and a second more for each "
    f"{HTTP.body_bytes_per_s:.0f} bytes |",
    f"| HTTP | of a body that still comes after its answer | {size(HTTP.unwanted_bytes)}, then the connection is "
    "closed |",
    f"| HTTP | body of a STOW-RS request | {size(stow.MAX_BODY)}, streamed |",
    f"| `/live` | a command · channels of one page | {live.LARGEST_COMMAND} characters · {hub.MOST_CHANNELS} |",
    f"| `/live` | what one page shows others in passing (`relay`) | {hub.LARGEST_RELAYED} bytes each, "
    f"{live.RELAYS_A_MINUTE // 60} a second; more is refused and the page stays |",
    f"| `/live` | what passes and waits for a page that reads too slowly | {LIVE.passing} messages, the oldest are let "
    "go; what is kept comes whole |",
    f"| `/live` | what waits for a page that reads too slowly | {LIVE.messages} messages or "
    f"{LIVE.characters} characters, then it is closed and comes again |",
    f"| MLLP | a message · its segments | {size(MLLP.message_bytes)} · {message.MAX_SEGMENTS} |",
    f"| MLLP | connections · first message · a message on its way · silence | {MLLP.connections} · "
    f"{MLLP.first_s:.0f} s · {MLLP.frame_s:.0f} s · {MLLP.idle_s:.0f} s |",
    f"| MLLP | names in an answer, as the sender wrote them | {ack.LONGEST['application']} characters; a control id "
    f"{ack.LONGEST['control_id']} |",
    f"| DICOM | associations, in all · of one system | {DICOM.associations} · {DICOM.per_peer} |",
    f"| DICOM | an object · a query | {size(DICOM.instance_bytes)} · {size(association.MAX_IDENTIFIER)} |",
    f"| DICOM | to associate · silence | {DICOM.associate_s:.0f} s · {DICOM.idle_s:.0f} s |",
    f"| log-in | wrong attempts before a wait: an account · an address | {model.ACCOUNT.free} · {model.ADDRESS.free} |",
    f"| log-in | longest wait · forgotten after | {model.SLOWEST_S} s · {minutes(model.FORGOTTEN)} |",
    f"| log-in | password | {model.SHORTEST_PASSWORD} to {model.LONGEST_PASSWORD} characters |",
    f"| log-in | between password and factor | {minutes(model.PENDING_LIFE)}, {model.PENDING_TRIES} tries |",
    f"| recovery code | life · tries | {minutes(model.RECOVERY_LIFE)} · {model.RECOVERY_TRIES} |",
    f"| session | at most · unused (`YUANZHEN_IDLE_MINUTES`) | {hours(model.LIFETIMES.absolute)} · {IDLE} min |",
    f"| guest | life of a link, and of whoever came by it | {hours(guests.LIFE)} |",
    f"| machine client | life of a token | {minutes(model.TOKEN_LIFE)} |",
    f"| stop | an answer under way is waited for | {center.STOP_S // 3} s |",
]


def test_every_bound_stands_there_and_no_other() -> None:
    text = PAGE.read_text()
    table = text[text.index("## Bounds") : text.index("## What is not protected")]
    told = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [line for line in told if not line.startswith("| ---")] == ROWS
