import { describe, expect, it } from "vitest";
import { bytes } from "../../../../dev/any.ts";
import { joined } from "./bytes.ts";
import { arrived, divided, isSealable, TRAILER, travelling } from "./frame.ts";
import { escaped, unescaped } from "./nal.ts";
import { unit, units } from "./obu.ts";
import { TAG } from "./sm4.ts";

const START = Uint8Array.of(0, 0, 0, 1);
const sps = joined(START, Uint8Array.of(0x67, 66, 0, 31, 0xe9)), pps = joined(START, Uint8Array.of(0x68, 0xce, 0x3c));
const delimiter = unit(2, new Uint8Array()), sequence = unit(1, Uint8Array.of(0, 0, 0, 0x42, 0xab));

/** As an encoder makes them. */
const FRAMES: [string, boolean, (body: Uint8Array) => Uint8Array][] = [
  ["video/VP8", true, (body) => joined(bytes(10, 1), body)],
  ["video/VP8", false, (body) => joined(bytes(3, 1), body)],
  ["video/VP9", true, (body) => body],
  ["audio/opus", false, (body) => joined(Uint8Array.of(120), body)],
  ["video/H264", true, (body) => joined(sps, pps, START, Uint8Array.of(0x65, 0x88, 0x84), body)],
  ["video/H264", false, (body) => joined(START, Uint8Array.of(0x41, 0x9a, 0), body)],
  ["video/AV1", true, (body) => joined(delimiter, sequence, unit(3, body), unit(4, body))],
  ["video/AV1", false, (body) => joined(delimiter, unit(6, body))],
];

/** Sealed bytes of any looks, with the trailer that `divided` tells. */
const sealedLike = (parts: NonNullable<ReturnType<typeof divided>>, body: Uint8Array): Uint8Array =>
  joined(body, bytes(TAG, 3), bytes(12, 4), Uint8Array.of(parts.clear.length & 255, parts.form));

describe.each(FRAMES)("a frame of %s, key %s", (codec, isKey, made) => {
  it("comes apart at the other end as it was put together, whatever the sealed bytes look like", () => {
    for (let size = 0; size < 200; size++) {
      const parts = divided(codec, made(bytes(size, size)), isKey);
      if (!parts) throw new Error("not divided");
      for (const body of [bytes(size, size + 7), new Uint8Array(size), new Uint8Array(size).fill(3)]) {
        const sealed = sealedLike(parts, body);
        const there = arrived(travelling(parts, sealed));
        expect(Buffer.compare(there?.rest ?? new Uint8Array(), sealed), `${size} bytes`).toBe(0);
        expect(there?.clear).toEqual(parts.clear);
        expect(there?.bound).toEqual(parts.bound);
      }
    }
  });

  it("loses nothing but AV1's delimiters", () => {
    const whole = made(bytes(100, 1));
    const parts = divided(codec, whole, isKey);
    const kept = codec === "video/AV1" ? whole.subarray(delimiter.length) : whole;
    expect(joined(parts?.clear ?? whole, parts?.rest ?? whole)).toEqual(joined(kept));
  });
});

it("is not one of ours when too little or anything else stands at its end", () => {
  for (let size = 0; size < TAG + TRAILER; size++) expect(arrived(new Uint8Array(size).fill(1)), `${size}`).toBeNull();
  for (let form = 4; form < 256; form++) expect(arrived(joined(bytes(80, form), Uint8Array.of(form)))).toBeNull();
  expect(arrived(joined(bytes(80, 1), Uint8Array.of(0)))).toBeNull();
});

it("of any bytes at all is refused or divided, never a fault", () => {
  for (let seed = 0; seed < 3000; seed++) {
    const any = bytes(seed % 90, seed);
    for (const codec of ["video/vp8", "video/vp9", "audio/opus", "video/h264", "video/av1"]) divided(codec, any, seed % 2 === 0);
    for (const form of [1, 2, 3]) arrived(joined(any, Uint8Array.of(form)));
  }
});

it("of a codec that nobody taught us is not sealed, so not sent", () => {
  expect(divided("video/H265", bytes(50, 1), true)).toBeNull();
  expect(["audio/opus", "video/H265", "audio/red"].map(isSealable)).toEqual([true, false, false]);
});

it("of H.264 without a slice has nothing to seal", () => expect(divided("video/h264", joined(sps, pps), true)).toBeNull());

describe("what stands in an H.264 slice", () => {
  it("has no start code in it and comes back", () => {
    for (let n = 0; n < 4 ** 6; n++) {
      const body = Uint8Array.from({ length: 6 }, (_, at) => (n >> (2 * at)) & 3);
      for (const before of [Uint8Array.of(5, 5), Uint8Array.of(5, 0), Uint8Array.of(0, 0)]) {
        const safe = joined(before, escaped(body, before));
        for (let at = 0; at + 2 < safe.length; at++) {
          expect(safe[at] === 0 && safe[at + 1] === 0 && (safe[at + 2] ?? 9) < 3, `${n}`).toBe(false);
        }
        expect(Buffer.compare(unescaped(safe.subarray(2), before), body), `${n}`).toBe(0);
      }
    }
  });
});

it("of AV1 is read unit by unit, with sizes or without, and refused when one runs over the end", () => {
  const long = unit(6, bytes(300, 1));
  expect(units(joined(delimiter, sequence, long))?.map(({ type, payload }) => [type, payload.length])).toEqual([[2, 0], [1, 5], [6, 300]]);
  expect(units(joined(Uint8Array.of(6 << 3), bytes(9, 1)))?.map(({ type, payload }) => [type, payload.length])).toEqual([[6, 9]]);
  expect(units(long.subarray(0, 200))).toBeNull();
  expect(units(Uint8Array.of(0x80))).toBeNull();
  expect(units(Uint8Array.of(0x32, 255, 255, 255, 255, 255))).toBeNull();
});
