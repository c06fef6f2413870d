import { describe, expect, it } from "vitest";
import { bytes } from "../../../../dev/any.ts";
import { checkCode, lock, type Facts } from "./lock.ts";
import type { Count, Report } from "./messages.ts";
import { leaks, sentOf } from "./watch.ts";

const count = (passed: number, dropped: Count["dropped"] = {}, flow = 0): Count => ({ flow, role: "opens", passed, bytes: 40 * passed, dropped });
const report = (...counts: Count[]): Report => ({ engine: "wasm", counts });
const facts = (now?: Report, before?: Report, more: Partial<Facts> = {}): Facts => ({ isSupported: true, hasLeaked: false, before, now, ...more });

describe("the lock says", () => {
  it.each<[string, Facts]>([
    ["not-supported", facts(report(count(9)), undefined, { isSupported: false, hasLeaked: true })],
    ["broken", facts(report(count(9)), undefined, { hasLeaked: true })],
    ["broken", facts(report(count(9, { broken: 1 })))],
    ["broken", facts(report(count(9), count(9, { "not-sealed": 3 }, 1)))],
    ["broken", facts(report(count(9, { replayed: 1 })), report(count(8)))],
    ["opening", facts(undefined)],
    ["opening", facts(report())],
    ["opening", facts(report(count(0)))],
    ["opening", facts(report(count(9), { ...count(0, {}, 1), role: "seals" }))],
    ["sealed", facts(report(count(9), count(0, {}, 1)))],
    ["opening", facts(report(count(9, { "no-key": 2 })), report(count(9, { "no-key": 1 })))],
    ["sealed", facts(report(count(9, { "no-key": 2, "not-sealed": 1 })), report(count(8, { "no-key": 2, "not-sealed": 1 })))],
    ["sealed", facts(report(count(9, { empty: 1 })))],
    ["sealed", facts(report(count(9), count(9, {}, 1)), report(count(9), count(9, {}, 1)))],
  ])("%s", (said, given) => expect(lock(given)).toBe(said));
});

describe("the check code", () => {
  const keys = [{ sender: "a", epoch: 3, key: bytes(16, 1) }, { sender: "b", epoch: 3, key: bytes(16, 2) }];

  it("is the same for all who hold the same keys, in whatever order they came", () => {
    expect(checkCode("r", 3, keys)).toMatch(/^\d{4}$/);
    expect(checkCode("r", 3, [...keys].reverse())).toBe(checkCode("r", 3, keys));
  });

  it("is another for another room, epoch, member or key", () => {
    const one = { sender: "a", epoch: 3, key: bytes(16, 9) };
    const others = [checkCode("s", 3, keys), checkCode("r", 4, keys), checkCode("r", 3, keys.slice(1)), checkCode("r", 3, [one, ...keys.slice(1)])];
    expect(new Set([checkCode("r", 3, keys), ...others]).size).toBe(5);
  });
});

describe("the watch", () => {
  const video = { type: "outbound-rtp", kind: "video", framesSent: 7, bytesSent: 900 };
  const audio = { type: "outbound-rtp", kind: "audio", packetsSent: 9, bytesSent: 400, retransmittedBytesSent: 40 };

  it("sums the layers of a picture, and counts sound by its bytes, once", () => {
    expect(sentOf([video, { ...video, framesSent: 3 }, { type: "codec" }])).toEqual({ frames: 10, bytes: 0 });
    expect(sentOf([audio])).toEqual({ frames: 0, bytes: 360 });
    expect(sentOf([{ type: "outbound-rtp", kind: "video" }])).toEqual({ frames: 0, bytes: 0 });
  });

  it("finds one picture or one byte of sound that went by", () => {
    expect(leaks({ frames: 7, bytes: 0 }, count(7))).toBe(false);
    expect(leaks({ frames: 7, bytes: 0 }, count(5, { "no-key": 2 }))).toBe(false);
    expect(leaks({ frames: 8, bytes: 0 }, count(7))).toBe(true);
    expect(leaks({ frames: 0, bytes: 281 }, count(7))).toBe(true);
    expect(leaks({ frames: 1, bytes: 0 }, undefined)).toBe(true);
    expect(leaks({ frames: 0, bytes: 0 }, undefined)).toBe(false);
  });
});
