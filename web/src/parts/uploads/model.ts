/** Files that somebody brings, from the choice of one until it is in the record. */
import { asProblem, Problem } from "../../lib/problem";
import { TOO_LARGE } from "../../lib/upload";

export interface Item {
  key: string;
  name: string;
  bytes: number;
  /** What the browser takes it for, and once it is kept what the server found it to be. */
  type: string;
  state: "waiting" | "sending" | "kept" | "failed";
  /** How much of it has gone, 0 to 1. */
  share: number;
  /** Its document, once it is kept. */
  id?: string;
  error?: unknown;
}

export type Change = { add: Item[] } | { key: string; part: Partial<Item> } | { drop: string };

export function changed(items: Item[], change: Change): Item[] {
  if ("add" in change) return [...items, ...change.add];
  if ("drop" in change) return items.filter(({ key }) => key !== change.drop);
  return items.map((one) => (one.key === change.key ? { ...one, ...change.part } : one));
}

/** A file that was chosen; one that is too large is not sent, for a browser reads no refusal while it still sends. */
export function asked(one: Item, most: number | undefined): Item {
  if (most === undefined || one.bytes <= most) return one;
  return { ...one, state: "failed", error: new Problem({ status: 413, code: TOO_LARGE, limit_bytes: most }) };
}

/** How many bytes too large a file would have been allowed; undefined where something else is wrong. */
export function limitOf({ error }: Item): number | undefined {
  const { code, facts } = asProblem(error);
  return code === TOO_LARGE ? Number(facts.limit_bytes) : undefined;
}

/** The next to go: one at a time, since a township's line is thin. */
export function nextOf(items: readonly Item[]): Item | undefined {
  return items.some(({ state }) => state === "sending") ? undefined : items.find(({ state }) => state === "waiting");
}

/** The server looked at it and does not take it: sending it again changes nothing. */
const FINAL = [400, 403, 404, 413, 415, 422];

export const mayRetry = ({ state, error }: Item): boolean => state === "failed" && !FINAL.includes(asProblem(error).status);

const UNITS = ["B", "KB", "MB", "GB"] as const;

/** As people tell a size: one digit after the point below ten, none above. */
export function sizeOf(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const value = bytes / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[step] ?? ""}`;
}

export type Media = "image" | "video" | "paper";

/** What a browser shows of a kind by itself; all else is a link. */
export function mediaOf(type: string): Media {
  if (["image/jpeg", "image/png", "image/webp"].includes(type)) return "image";
  return ["video/mp4", "video/webm", "video/quicktime"].includes(type) ? "video" : "paper";
}
