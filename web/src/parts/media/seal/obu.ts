/** AV1's open bitstream units (AV1 bitstream specification, 5.3), as far as the packets on the way must read them. */
import { joined } from "./bytes.ts";

// 6.2.2
export const SEQUENCE = 1, DELIMITER = 2, FRAME = 6;

export interface Unit {
  type: number;
  payload: Uint8Array;
  whole: Uint8Array; // with header and size
}

/** The units of a frame in their order; null when it is none. */
export function units(frame: Uint8Array): Unit[] | null {
  const found: Unit[] = [];
  for (let at = 0; at < frame.length; ) {
    const header = frame[at] ?? 0;
    if (header & 0x80) return null; // the forbidden bit
    let start = at + (header & 4 ? 2 : 1);
    let end = frame.length;
    if (header & 2) {
      const size = leb128(frame, start);
      if (size === null) return null;
      start = size.end;
      end = start + size.value;
    }
    if (start > frame.length || end > frame.length) return null;
    found.push({ type: (header >> 3) & 15, payload: frame.subarray(start, end), whole: frame.subarray(at, end) });
    at = end;
  }
  return found;
}

/** One unit with its size. */
export function unit(type: number, payload: Uint8Array): Uint8Array {
  const size: number[] = [];
  for (let rest = payload.length; ; rest >>>= 7) {
    size.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return joined(Uint8Array.of((type << 3) | 2, ...size), payload);
}

function leb128(bytes: Uint8Array, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let n = 0; n < 4; n++) { // 28 bits are more than a frame has
    const byte = bytes[from + n];
    if (byte === undefined) return null;
    value |= (byte & 127) << (7 * n);
    if (byte < 128) return { value, end: from + n + 1 };
  }
  return null;
}
