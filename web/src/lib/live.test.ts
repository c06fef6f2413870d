import { expect, test } from "vitest";
import { ANSWER_MS, Live, SILENCE_MS, type Socket } from "./live";

/** A socket that a test holds: what was sent, and a hand to answer with. */
class Held implements Socket {
  sent: unknown[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  says(message: object): void {
    this.onmessage?.(JSON.stringify(message));
  }
}

/** A clock that moves when it is told to. */
class Hand {
  at = 0;
  private due: { at: number; call: () => void }[] = [];
  now = (): number => this.at;
  after = (ms: number, call: () => void): (() => void) => {
    const one = { at: this.at + ms, call };
    this.due.push(one);
    return () => {
      this.due = this.due.filter((each) => each !== one);
    };
  };
  pass(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const next = this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.due = this.due.filter((each) => each !== next);
      this.at = next.at;
      next.call();
    }
    this.at = end;
  }
}

type Sum = { total: number };
const add = (state: Sum, _: string, data: unknown): Sum => ({ total: state.total + (data as number) });

function page(): { live: Live; clock: Hand; sockets: Held[]; socket: () => Held; views: number[] } {
  const clock = new Hand();
  const sockets: Held[] = [];
  const live = new Live(() => {
    const made = new Held();
    sockets.push(made);
    return made;
  }, clock);
  const views: number[] = [];
  live.follow<Sum>("me", add, () => views.push(live.view<Sum>("me").state?.total ?? -1));
  return { live, clock, sockets, socket: () => sockets.at(-1) as Held, views };
}

function opened(): ReturnType<typeof page> {
  const made = page();
  made.socket().onopen?.();
  made.socket().says({ channel: "me", seq: 4, snapshot: { total: 10 } });
  return made;
}

test("a snapshot and the events after it make the state", () => {
  const { live, socket } = opened();
  expect(socket().sent).toEqual([{ subscribe: "me" }]);
  socket().says({ channel: "me", seq: 5, event: "added", data: 2 });
  socket().says({ channel: "me", seq: 6, event: "added", data: 3 });
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 15 }, seq: 6, connected: true });
});

test("an event that came before is not added again", () => {
  const { live, socket } = opened();
  socket().says({ channel: "me", seq: 5, event: "added", data: 2 });
  socket().says({ channel: "me", seq: 5, event: "added", data: 2 });
  socket().says({ channel: "me", seq: 3, event: "added", data: 9 });
  expect(live.view<Sum>("me").state).toEqual({ total: 12 });
});

test("after a lost connection it goes on where it stood", () => {
  const { live, clock, sockets, socket } = opened();
  socket().onclose?.();
  expect(live.view("me").connected).toBe(false);
  clock.pass(500);
  expect(sockets).toHaveLength(2);
  socket().onopen?.();
  expect(socket().sent).toEqual([{ subscribe: "me", after: 4 }]);
  socket().says({ channel: "me", seq: 5, event: "added", data: 1 });
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 11 }, connected: true });
});

test("each failed attempt waits longer, and a success begins anew", () => {
  const { clock, sockets, socket } = opened();
  const gaps: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const before = clock.at;
    const count = sockets.length;
    socket().onclose?.();
    while (sockets.length === count) clock.pass(100);
    gaps.push(clock.at - before);
  }
  expect(gaps).toEqual([500, 1000, 2000, 4000]);
  socket().onopen?.();
  const count = sockets.length;
  socket().onclose?.();
  clock.pass(500);
  expect(sockets).toHaveLength(count + 1);
});

test("a gap is asked for, not skipped", () => {
  const { live, socket } = opened();
  socket().says({ channel: "me", seq: 7, event: "added", data: 100 });
  expect(live.view<Sum>("me").state).toEqual({ total: 10 });
  expect(socket().sent.at(-1)).toEqual({ subscribe: "me", after: 4 });
  for (const [seq, data] of [[5, 1], [6, 1], [7, 100]]) socket().says({ channel: "me", seq, event: "added", data });
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 112 }, seq: 7 });
});

test("what is still under way behind a gap does not hide it", () => {
  const { live, socket } = opened();
  for (const seq of [7, 8]) socket().says({ channel: "me", seq, event: "added", data: 100 });
  expect(socket().sent).toEqual([{ subscribe: "me" }, { subscribe: "me", after: 4 }]);
  for (const [seq, data] of [[5, 1], [6, 1], [7, 100], [8, 100]]) socket().says({ channel: "me", seq, event: "added", data });
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 212 }, seq: 8 });
});

test("a gap is asked for again when the connection was lost before the answer", () => {
  const { live, clock, socket } = opened();
  socket().says({ channel: "me", seq: 7, event: "added", data: 100 });
  socket().onclose?.();
  clock.pass(500);
  socket().onopen?.();
  socket().says({ channel: "me", seq: 6, event: "added", data: 1 });
  expect(socket().sent).toEqual([{ subscribe: "me", after: 4 }, { subscribe: "me", after: 4 }]);
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 10 }, seq: 4 });
});

test("a snapshot instead of events replaces the state", () => {
  const { live, socket } = opened();
  socket().says({ channel: "me", seq: 90, snapshot: { total: 3 } });
  expect(live.view<Sum>("me")).toMatchObject({ state: { total: 3 }, seq: 90 });
});

test("a ping says that all is here, or what is missing", () => {
  const { live, clock, socket } = opened();
  clock.pass(15_000);
  socket().says({ ping: "now", channels: { me: 4 } });
  expect(live.view("me").heardAt).toBe(15_000);
  socket().says({ ping: "now", channels: { me: 6 } });
  expect(socket().sent.at(-1)).toEqual({ subscribe: "me", after: 4 });
  expect(live.view("me").heardAt).toBe(15_000);
});

test("silence is asked about, and without an answer the connection is given up", () => {
  const { live, clock, sockets, socket } = opened();
  const first = socket();
  clock.pass(SILENCE_MS);
  expect(first.sent.at(-1)).toEqual({ ping: SILENCE_MS });
  clock.pass(ANSWER_MS);
  expect(first.closed).toBe(true);
  expect(live.view("me").connected).toBe(false);
  clock.pass(500);
  expect(sockets).toHaveLength(2);
});

test("an answer to the question keeps the connection", () => {
  const { clock, sockets, socket } = opened();
  clock.pass(SILENCE_MS);
  socket().says({ pong: SILENCE_MS });
  clock.pass(ANSWER_MS);
  expect(sockets).toHaveLength(1);
});

test("a channel's problem is kept with it", () => {
  const { live, socket } = opened();
  socket().says({ channel: "me", problem: { code: "live.no_channel" } });
  expect(live.view("me").problem).toEqual({ code: "live.no_channel" });
});

test("the last follower's leaving ends the channel, then the connection", () => {
  const { live, socket } = opened();
  const leave = live.follow("queue/d1", add, () => undefined);
  expect(socket().sent.at(-1)).toEqual({ subscribe: "queue/d1" });
  leave();
  expect(socket().sent.at(-1)).toEqual({ unsubscribe: "queue/d1" });
  expect(socket().closed).toBe(false);
});
