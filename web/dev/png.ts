/** A picture that looks enough like a slice of a head to lay out a page with. */
import { crc32, deflateSync } from "node:zlib";

const SIZE = 256;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "ascii"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function grey(x: number, y: number, depth: number): number {
  const [u, v] = [(x - SIZE / 2) / 96, (y - SIZE / 2) / 116];
  const r = Math.hypot(u, v) / (0.72 + 0.28 * Math.sin(Math.PI * depth));
  if (r > 1) return 0;
  if (r > 0.9) return 245;
  const folds = 12 * Math.sin(u * 19 + depth * 9) * Math.cos(v * 17);
  const dark = Math.hypot((Math.abs(u) - 0.14) / 0.1, (v - 0.05) / 0.3) < 0.9 ? -60 : 0;
  const bright = Math.hypot((u - 0.42) / 0.16, (v + 0.1) / 0.18) < 1 && depth > 0.35 && depth < 0.65 ? 90 : 0;
  return Math.max(0, Math.min(255, 105 + folds + dark + bright));
}

/** The same slice as plain pixels, in HU. */
export function pixels(depth: number): Buffer {
  const out = Buffer.alloc(SIZE * SIZE * 2);
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) out.writeInt16LE(Math.round((grey(x, y, depth) - 105) * 0.4 + 40), 2 * (y * SIZE + x));
  }
  return out;
}

/** An 8-bit grey PNG; `depth` runs from 0 to 1 through the head. */
export function slice(depth: number, gain: number): Buffer {
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y += 1) {
    for (let x = 0; x < SIZE; x += 1) rows[y * (SIZE + 1) + 1 + x] = Math.min(255, grey(x, y, depth) * gain);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE, 0);
  head.writeUInt32BE(SIZE, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}
