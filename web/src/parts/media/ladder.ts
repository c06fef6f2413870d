/** How much is sent and received as a link gets worse, and better again. Pure: what was measured and the time go in.
 *
 * docs/room.md holds the same tables in words. */
import { FLOOR_BITS_PER_S, LAYERS, VOICE_BITS_PER_S, type Size } from "./sources.ts";

/** What a page gets at each rung: of the picture that stands large, of those that stand small; null for none. */
export const GETS: { large: Size | null; small: Size | null }[] = [
  { large: 2, small: 2 },
  { large: 1, small: 0 },
  { large: 0, small: 0 },
  { large: 0, small: null },
  { large: null, small: null },
];

/** What it sends: in how many sizes, and how much of the voice. */
export const SENDS: { sizes: number; voice_bits_per_s: number }[] = [
  { sizes: 3, voice_bits_per_s: VOICE_BITS_PER_S },
  { sizes: 2, voice_bits_per_s: VOICE_BITS_PER_S },
  { sizes: 1, voice_bits_per_s: VOICE_BITS_PER_S },
  { sizes: 0, voice_bits_per_s: FLOOR_BITS_PER_S },
];

/** Where one stands on a ladder: 0 is the best rung. */
export interface Rung {
  at: number;
  since: number; // ms
  /** It was taken because the one below had held: it is yet to be seen whether this one does. */
  isTried: boolean;
  /** When the link was first bad, or good, in one row; 0 while it is neither. */
  badSince: number;
  goodSince: number;
  /** How long it must be good before the next better rung is tried. */
  patience: number;
}

/** What the last second was like, on the way that the ladder is of. */
export interface Line {
  lost: number; // share
  /** How much longer a round trip takes than the shortest that there was: packets that queue. */
  queued_ms: number;
  /** How long ago the line was looked at before. */
  elapsed_ms: number;
  /** Nothing came at all, now or a moment ago: a line that was cut bears as much as before when it is whole again. */
  isCut: boolean;
}

export const PATIENCE_MS = 8000, MOST_PATIENCE_MS = 120_000, BAD_MS = 2000;
/** So late a look says that the page itself had no time, and nothing of the line. */
export const LATE_MS = 1600;
/** What is lost, or waits very long, is bad by itself; what waits is when some is lost as well. */
const BAD = { lost: 0.08, queued_ms: 1500 }, TIGHT = { lost: 0.02, queued_ms: 350 }, GOOD = { lost: 0.02, queued_ms: 200 };
/** What is lost without waiting for anything, as by radio, is lost of any rung: it takes the last picture only when it is much. */
const HEAVY = { lost: 0.3, queued_ms: 1500 };
/** Worse than that, nothing but speech is left room at once. */
const AWFUL = { lost: 0.4, queued_ms: 4000 };

export const FIRST: Rung = { at: 0, since: 0, isTried: false, badSince: 0, goodSince: 0, patience: PATIENCE_MS };

/** The rung from now on. A better one that turned out too much is tried again after twice the time. */
export function next(rung: Rung, last: number, line: Line, now: number): Rung {
  if (line.elapsed_ms > LATE_MS || line.isCut) return { ...rung, badSince: 0 };
  const isTight = worse(line, TIGHT, "both"), isBad = isTight || worse(line, BAD, "any");
  const isGood = line.lost < GOOD.lost && line.queued_ms < GOOD.queued_ms;
  const badSince = isBad ? rung.badSince || now : 0;
  const goodSince = isGood ? rung.goodSince || now : 0;
  const seen = { ...rung, badSince, goodSince };
  const isAwful = worse(line, AWFUL, "any"), takesTheLast = isTight || worse(line, HEAVY, "any");
  const falls = isBad && rung.at < (takesTheLast ? last : last - 1);
  if (falls && (now - badSince >= BAD_MS || isAwful)) {
    const failed = rung.isTried && now - rung.since < rung.patience;
    const patience = failed ? Math.min(MOST_PATIENCE_MS, rung.patience * 2) : rung.patience;
    return { at: isAwful ? last : rung.at + 1, since: now, isTried: false, badSince: 0, goodSince: 0, patience };
  }
  if (isGood && rung.at > 0 && now - goodSince >= rung.patience) {
    return { at: rung.at - 1, since: now, isTried: true, badSince: 0, goodSince: 0, patience: rung.patience };
  }
  // A rung that has held for long is no longer doubted
  return rung.patience > PATIENCE_MS && isGood && now - goodSince >= MOST_PATIENCE_MS ? { ...seen, patience: PATIENCE_MS } : seen;
}

function worse({ lost, queued_ms }: Line, than: Omit<Line, "elapsed_ms" | "isCut">, how: "any" | "both"): boolean {
  const found = [lost > than.lost, queued_ms > than.queued_ms];
  return how === "any" ? found.some(Boolean) : found.every(Boolean);
}

/** How a picture stands on the page. */
export interface Place {
  heightPx: number;
  /** Within what one sees of the page, and the page itself is seen. */
  isSeen: boolean;
  isLarge: boolean;
}

const ENOUGH = 0.75; // of the lines that a place has: nobody sees the rest

/** The size in which a picture is wanted; null for not at all. Of one that is sent in one size, any is that. */
export function wanted(label: string, { heightPx, isSeen, isLarge }: Place, rung: number): Size | null {
  const most = GETS[rung]?.[isLarge ? "large" : "small"] ?? null;
  if (!isSeen || most === null) return null;
  const fits = (LAYERS[label] ?? []).findIndex(({ lines }) => lines >= heightPx * ENOUGH);
  const size = isLarge || fits < 0 ? 2 : fits;
  return Math.min(size, most) as Size;
}
