import { describe, expect, it } from "vitest";
import { bytes } from "../../../../dev/any.ts";
import { counterOf, GRACE_MS, Keyring, SETTLE_MS, type Next } from "./keyring.ts";
import { Opener, seal, WINDOW, type Encoded, type Outcome } from "./sealing.ts";
import { SCRIPT } from "./sm4.ts";

const ring = (me: string): Keyring => new Keyring(SCRIPT, me, Uint8Array.of(1, 2, 3, 4));
const handed = (epoch: number, sender = "a") => ({ sender, epoch, key: bytes(16, epoch) });
const nonce = (next: Next | null): string => Buffer.from(next?.nonce ?? []).toString("hex");
const sound: Encoded = { data: Uint8Array.of(120, 1, 2, 3), codec: "audio/opus", isKey: false };

describe("a nonce", () => {
  it("never comes twice under one key, whatever comes again and in whatever order", () => {
    const keys = ring("a");
    const seen = new Set<string>();
    for (let step = 0, count = 0; step < 600; step++) {
      keys.take(handed((bytes(1, step)[0] ?? 0) % 5 + Math.floor(step / 100)), step * 100);
      keys.take(handed(step % 7, "b"), step * 100);
      for (let frame = 0; frame < 3; frame++, count++) {
        const next = keys.next(step * 100 + frame);
        seen.add(`${next?.epoch} ${nonce(next)}`);
        expect(seen.size).toBe(count + 1);
      }
    }
  });

  it("is the epoch, the page's salt and a running number that goes on while the key stays", () => {
    const keys = ring("a");
    keys.take(handed(0x010203), 0);
    expect([0, 1].map((now) => nonce(keys.next(now)))).toEqual(["010203010203040000000000", "010203010203040000000001"]);
    keys.take(handed(0x010203), 2);
    expect(counterOf(keys.next(3)?.nonce ?? new Uint8Array(12))).toBe(2);
  });
});

describe("a key", () => {
  it("of one's own that is new waits until the others have it too, unless it is the first", () => {
    const keys = ring("a");
    expect(keys.next(0)).toBeNull();
    keys.take(handed(1), 0);
    expect(keys.next(0)?.epoch).toBe(1);
    keys.take(handed(2), 1000);
    expect(keys.next(999 + SETTLE_MS)?.epoch).toBe(1);
    expect(keys.next(1000 + SETTLE_MS)?.epoch).toBe(2);
  });

  it("of the epoch before opens what was under way, then no more, and never two epochs later", () => {
    const keys = ring("b");
    const named = (epoch: number): Uint8Array => Uint8Array.of(0, 0, epoch, ...bytes(9, 1));
    const found = (epoch: number, now: number) => { const key = keys.find("a", named(epoch), now); return typeof key === "string" ? key : key.epoch; };
    for (const [epoch, now] of [[1, 0], [2, 100], [3, 200]] as const) keys.take(handed(epoch), now);
    expect([1, 2, 3, 4].map((epoch) => found(epoch, 201))).toEqual(["old-epoch", 2, 3, "no-key"]);
    expect([2, 3].map((epoch) => found(epoch, 200 + GRACE_MS))).toEqual(["old-epoch", 3]);
    expect(keys.find("c", named(1), 201)).toBe("no-key");
  });

  it("that comes late changes nothing; another one for the same epoch is a fault", () => {
    const keys = ring("a");
    keys.take(handed(5), 0);
    keys.take(handed(4), 0);
    expect(keys.next(9999)?.epoch).toBe(5);
    expect(() => keys.take({ ...handed(5), key: bytes(16, 99) }, 1)).toThrow("two keys");
    expect(() => keys.take(handed(2 ** 24), 1)).toThrow(RangeError);
  });

  it("is forgotten with whoever leaves, and all of them in the end", () => {
    const keys = ring("a");
    keys.take(handed(1), 0);
    keys.take(handed(1, "b"), 0);
    const { sm4 } = keys.next(0) ?? {};
    keys.forget("b");
    expect(keys.find("b", new Uint8Array(12), 0)).toBe("no-key");
    keys.wipe();
    expect(keys.next(0)).toBeNull();
    expect(() => sm4?.seal(bytes(12, 1), bytes(1, 1), bytes(1, 1))).toThrow("wiped");
  });
});

/** What A sealed comes to B, who hears `track` of `sender`. */
function call(label = { sender: "a", track: "microphone" }, b = 1): { send: (now?: number) => Outcome; opener: Opener; a: Keyring; b: Keyring } {
  const [a, others] = [ring("a"), ring("b")];
  a.take(handed(1), 0);
  others.take(handed(b), 0);
  return { send: (now = 0) => seal(a, "microphone", sound, now), opener: new Opener(others, label), a, b: others };
}
const sent = (frame: Outcome): Uint8Array => { if (typeof frame === "string") throw new Error(frame); return frame; };

describe("a frame", () => {
  it("comes as it was", () => {
    const { send, opener } = call();
    expect(opener.open(sent(send()), 0)).toEqual(sound.data);
  });

  it("is dropped with one bit changed, wherever", () => {
    const { send, opener } = call();
    const frame = sent(send());
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const outcome = opener.open(frame.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)), 0);
      expect(["broken", "not-sealed", "no-key", "old-epoch"], `bit ${bit}`).toContain(outcome);
    }
    expect(opener.open(frame, 0)).toEqual(sound.data);
  });

  it("is another's or another track's no frame", () => {
    const { send, a } = call();
    const frame = sent(send());
    for (const label of [{ sender: "b", track: "microphone" }, { sender: "a", track: "screen" }]) {
      const keys = ring("c");
      keys.take({ ...handed(1), sender: label.sender }, 0); // even if both had one key
      expect(new Opener(keys, label).open(frame, 0)).toBe("broken");
    }
    expect(a.next(0)).not.toBeNull();
  });

  it("comes once; late ones within a window come, older ones do not", () => {
    const { send, opener } = call();
    const frames = Array.from({ length: WINDOW + 2 }, () => sent(send()));
    const [first, second, third] = frames, last = frames.at(-1);
    if (!first || !second || !third || !last) throw new Error("no frames");
    const come = (frame: Uint8Array) => { const outcome = opener.open(frame, 0); return typeof outcome === "string" ? outcome : "came"; };
    expect([first, first, last, last, third, third, second].map(come)).toEqual([
      "came", "replayed", "came", "replayed", "came", "replayed", "replayed",
    ]);
  });

  it("in the clear, without a key or under an old one does not come", () => {
    const { send, opener } = call();
    expect(opener.open(sound.data, 0)).toBe("not-sealed");
    expect(opener.open(new Uint8Array(), 0)).toBe("empty");
    expect(call(undefined, 0).opener.open(sent(send()), 0)).toBe("no-key");
    expect(call(undefined, 2).opener.open(sent(send()), 0)).toBe("old-epoch");
    expect(seal(ring("a"), "microphone", sound, 0)).toBe("no-key");
    expect(seal(call().a, "microphone", { ...sound, codec: "audio/red" }, 0)).toBe("codec");
  });

  it("goes on coming over a change of epoch", () => {
    const { send, opener, a, b } = call();
    b.take(handed(2), 100);
    a.take(handed(2), 120);
    for (const now of [110, 130, 121 + SETTLE_MS, 9000]) expect(opener.open(sent(send(now)), now), `${now}`).toEqual(sound.data);
  });
});
