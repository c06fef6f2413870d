/** One live channel for a component: what it shows, how old that is, and whether it may still be called live. */
import { useCallback, useSyncExternalStore } from "react";
import { api } from "./api";
import { Live, type Apply, type Socket } from "./live";
import { useNow } from "./now";
import { reach } from "./reach";

/** Older than this without a connection, a value is stale. */
const STALE_S = 5;
/** With this the server closes the connection of a session that is over, or that goes on under another cookie. */
const SESSION_ENDED = 4401;

function browserSocket(): Socket {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const real = new WebSocket(`${scheme}://${location.host}/live`);
  const socket: Socket = {
    send: (text) => real.send(text),
    close: () => {
      reach.doubt();
      real.close();
    },
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  real.onopen = () => socket.onopen?.();
  real.onmessage = (message) => {
    reach.answered();
    socket.onmessage?.(String(message.data));
  };
  real.onclose = ({ code }) => {
    // A session that is over is told to every request alike, and ends the page
    if (code === SESSION_ENDED) void api.get("/api/me", {}).catch(() => undefined);
    else reach.doubt();
    socket.onclose?.();
  };
  return socket;
}

const live = new Live(browserSocket, {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
});

/** What pages show each other in passing, in channels that they follow. */
export const passing: Pick<Live, "relay" | "listen"> = live;

export interface LiveView<S> {
  state: S | undefined;
  /** Seconds since the channel was last known to be whole; undefined before the first snapshot. */
  age: number | undefined;
  stale: boolean;
  seq: number;
  problem: { code: string } | undefined;
}

/** `apply` must be a stable function (declared outside the component). */
export function useLive<S>(channel: string, apply: Apply<S>): LiveView<S> {
  const follow = useCallback((changed: () => void) => live.follow(channel, apply, changed), [channel, apply]);
  const view = useSyncExternalStore(follow, () => live.view<S>(channel));
  const now = useNow(1000);
  const age = view.heardAt === undefined ? undefined : Math.max(0, (now - view.heardAt) / 1000);
  const stale = !view.connected && (age === undefined || age > STALE_S);
  return { state: view.state, age, stale, seq: view.seq, problem: view.problem };
}
