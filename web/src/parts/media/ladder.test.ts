import { describe, expect, it, test } from "vitest";
import { BAD_MS, FIRST, GETS, LATE_MS, MOST_PATIENCE_MS, next, PATIENCE_MS, SENDS, wanted, type Line, type Place, type Rung } from "./ladder";
import { CAMERA, encodings, FLOOR_BITS_PER_S, MICROPHONE, SCREEN, SECOND } from "./sources";

const line = (lost: number, queued_ms: number, elapsed_ms = 1000): Line => ({ lost, queued_ms, elapsed_ms, isCut: false });
const FINE = line(0, 5), LOSSY = line(0.15, 5), QUEUES = line(0, 1900), TIGHT = line(0.03, 500);
const LAST = GETS.length - 1;

/** A second after another of the same line. */
function seconds(rung: Rung, line: Line, from: number, count: number): Rung[] {
  const rungs: Rung[] = [];
  for (let nth = 0; nth < count; nth++) rungs.push((rung = next(rung, LAST, line, (from + nth) * 1000)));
  return rungs;
}
const last = (rungs: Rung[]): Rung => rungs.at(-1) ?? FIRST;

describe("the ladder", () => {
  it.each([["loss", line(0.35, 5)], ["packets that queue", QUEUES], ["both, a little", TIGHT]])("goes down by one rung for each two bad seconds: %s", (_, line) => {
    expect(seconds(FIRST, line, 1, 14).map(({ at }) => at)).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });

  it("keeps the smallest picture where packets are lost and none waits", () => {
    expect(last(seconds(FIRST, LOSSY, 1, 60)).at).toBe(LAST - 1);
    expect(last(seconds(last(seconds(FIRST, LOSSY, 1, 60)), TIGHT, 61, 3)).at).toBe(LAST);
  });

  it("goes down as far as it must without doubting any rung, and comes up as soon as after one", () => {
    const down = last(seconds(FIRST, QUEUES, 1, 14));
    expect([down.at, down.patience]).toEqual([LAST, PATIENCE_MS]);
    expect(last(seconds(down, FINE, 15, PATIENCE_MS / 1000 + 1)).at).toBe(LAST - 1);
  });

  it("bears one bad second", () => {
    const rung = next(next(FIRST, LAST, LOSSY, 1000), LAST, FINE, 1000 + BAD_MS);
    expect(rung.at).toBe(0);
    expect(next(rung, LAST, LOSSY, 1001 + BAD_MS).at).toBe(0);
  });

  it("tells a page that has no time from a line that has none", () => {
    expect(last(seconds(FIRST, line(0.2, 3000, LATE_MS + 1), 1, 60)).at).toBe(0);
    expect(last(seconds(FIRST, line(0, 900), 1, 60)).at).toBe(0);
  });

  it("tells a line that was cut from one that bears little", () => {
    expect(last(seconds(FIRST, { ...line(0.9, 5000), isCut: true }, 1, 60)).at).toBe(0);
  });

  it("leaves nothing but speech at once when half is lost", () => {
    expect(next(FIRST, LAST, line(0.5, 0), 1000).at).toBe(LAST);
  });

  it("comes back up rung by rung, and waits longer after each try that fails", () => {
    const down = last(seconds(FIRST, LOSSY, 1, 3));
    const up = last(seconds(down, FINE, 4, PATIENCE_MS / 1000 + 1));
    expect([down.at, up.at]).toEqual([1, 0]);
    const again = last(seconds(up, LOSSY, 14, 3));
    expect([again.at, again.patience]).toEqual([1, 2 * PATIENCE_MS]);
    expect(last(seconds(again, FINE, 20, PATIENCE_MS / 1000 + 1)).at).toBe(1);
    expect(last(seconds(again, FINE, 20, (2 * PATIENCE_MS) / 1000 + 1)).at).toBe(0);
  });

  it("never waits longer than two minutes, and doubts no more what has held so long", () => {
    let rung = { ...FIRST, at: 1, patience: MOST_PATIENCE_MS };
    rung = last(seconds(rung, FINE, 1, MOST_PATIENCE_MS / 1000 + 1));
    expect(rung).toMatchObject({ at: 0, patience: MOST_PATIENCE_MS });
    expect(last(seconds(rung, LOSSY, 200, 3)).patience).toBe(MOST_PATIENCE_MS);
    expect(last(seconds(rung, FINE, 200, MOST_PATIENCE_MS / 1000 + 1)).patience).toBe(PATIENCE_MS);
  });

  it("stays where it is on a line that is neither", () => {
    expect(last(seconds({ ...FIRST, at: 2 }, line(0.05, 300), 1, 60)).at).toBe(2);
  });

  it("takes less at each rung than at the one before, and ends in speech that 64 kbit/s carry", () => {
    const worth = (size: number | null): number => (size === null ? -1 : size);
    for (const [nth, one] of GETS.entries()) {
      const before = GETS[nth - 1];
      if (before) expect(worth(one.large) + worth(one.small)).toBeLessThan(worth(before.large) + worth(before.small));
    }
    expect(GETS.at(-1)).toEqual({ large: null, small: null });
    expect(SENDS.map(({ sizes }) => sizes)).toEqual([3, 2, 1, 0]);
    const packets = 50, headers = 8 * (20 + 8 + 12 + 8 + 10 + 33); // a second; IPv4, UDP, RTP, its extensions, SRTP's tag, ours
    expect(FLOOR_BITS_PER_S + packets * headers).toBeLessThan(64_000);
  });
});

const place = (heightPx: number, more: Partial<Place> = {}): Place => ({ heightPx, isSeen: true, isLarge: false, ...more });

test.each<[string, string, Place, number, number | null]>([
  ["a thumbnail", CAMERA, place(96), 0, 0],
  ["one of four", CAMERA, place(330), 0, 1],
  ["one of two", CAMERA, place(620), 0, 2],
  ["what stands large, in a small window", CAMERA, place(200, { isLarge: true }), 0, 2],
  ["4K pinned", SECOND, place(700, { isLarge: true }), 0, 2],
  ["4K beside others", SECOND, place(96), 0, 0],
  ["a screen", SCREEN, place(96), 0, 2],
  ["out of sight", CAMERA, place(330, { isSeen: false }), 0, null],
  ["large, on a poor line", CAMERA, place(700, { isLarge: true }), 1, 1],
  ["small, on a poor line", CAMERA, place(330), 1, 0],
  ["small, on a bad line", CAMERA, place(96), 3, null],
  ["large, on a bad line", CAMERA, place(700, { isLarge: true }), 3, 0],
  ["anything, where speech alone goes", CAMERA, place(700, { isLarge: true }), 4, null],
])("%s", (_, label, where, rung, size) => expect(wanted(label, where, rung)).toBe(size));

test("sizes are named from the largest down; a voice and a screen go in one", () => {
  expect(encodings(CAMERA).map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([["h", 1], ["m", 2], ["l", 4]]);
  expect(encodings(SECOND).at(0)?.maxBitrate).toBe(20_000_000);
  expect([encodings(MICROPHONE), encodings(SCREEN)].map(({ length }) => length)).toEqual([1, 1]);
});
