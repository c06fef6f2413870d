/** H.264 in Annex B (ITU-T H.264, 7.3 and annex B): as far as the packets on the way must be able to read it. */

const SLICES = [1, 5]; // table 7-1: a slice of a picture, of an IDR picture
const SHOWN = 3; // the NAL header and two bytes of the slice's own: its first macroblock, its type

/** Where a frame's first slice begins, its NAL header first; -1 when it has none. What stands before are parameters. */
export function sliceAt(frame: Uint8Array): number {
  for (let at = 0; at + 3 < frame.length; at++) {
    if (frame[at] === 0 && frame[at + 1] === 0 && frame[at + 2] === 1 && SLICES.includes((frame[at + 3] ?? 0) & 31)) {
      return at + 3;
    }
  }
  return -1;
}

/** How much of a frame stays clear; -1 when there is nothing to seal. */
export function clearOf(frame: Uint8Array): number {
  const at = sliceAt(frame);
  return at < 0 || at + SHOWN > frame.length ? -1 : at + SHOWN;
}

/** 7.4.1: no three bytes look like a start code, counted from the two bytes that stand before. */
export function escaped(bytes: Uint8Array, before: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((bytes.length * 3) / 2) + 1);
  let zeros = before.at(-1) !== 0 ? 0 : before.at(-2) !== 0 ? 1 : 2;
  let size = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      out[size++] = 3;
      zeros = 0;
    }
    out[size++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, size);
}

/** What `escaped` was given. */
export function unescaped(bytes: Uint8Array, before: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let zeros = before.at(-1) !== 0 ? 0 : before.at(-2) !== 0 ? 1 : 2;
  let size = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out[size++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, size);
}
