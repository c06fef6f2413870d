"""A centre that runs until it is told to end: alone, or played with a small region; and what its start says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from secrets import token_urlsafe

from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs import center
from yuanzhen.programs.demo import cast
from yuanzhen.programs.demo.outside import serving
from yuanzhen.programs.demo.push_gateway import PushGateway
from yuanzhen.programs.demo.run import playing


async def serve(chosen: Settings) -> None:
    """`yuanzhen serve`"""
    await center.serve(chosen, _say_ready)


async def demo(chosen: Settings) -> None:
    """`yuanzhen demo`: with its telephones, where no others are set."""
    async with serving(PushGateway(token_urlsafe(24))) as telephones:
        chosen = replace(chosen, duty_phone=chosen.duty_phone or cast.DUTY_PHONE)
        if not chosen.push_url:
            chosen = replace(chosen, push_url=telephones.url, push_secret=telephones.secret)
        await center.serve(chosen, _play)


async def _say_ready(ready: center.Center) -> None:
    say_start(ready)
    await asyncio.Event().wait()


async def _play(ready: center.Center) -> None:
    async with playing(ready.home):
        say_start(ready)
        await asyncio.Event().wait()


def say_start(ready: center.Center) -> None:
    """What a start says: the first officer's password once, whom it trusts, and last that it is ready."""
    first, chosen = ready.home.first, ready.settings
    if first is not None:
        print(f"first start: log in as {first.officer} with the one-time password {first.one_time_password}")
    if ready.trust.holds:
        print("note: peers on this machine may send without enrolment (YUANZHEN_TRUST_LOOPBACK=0 ends it)")
    print(f"pages https://localhost:{chosen.https_port}")
    print(f"ready http://{chosen.host}:{chosen.port}", flush=True)
