/** Files on their way to a case: how far each is, how fast, and what comes after a piece that did not go. */
import type { Schemas } from "../../../lib/api";
import { asProblem } from "../../../lib/problem";

export type CaseFile = Schemas["FileView"];

/** One that this page sends. `away`: the line is down, it goes on by itself. */
export interface Sending {
  key: string;
  name: string;
  bytes: number;
  state: "waiting" | "sending" | "away" | "failed";
  /** The bytes that are there. */
  got: number;
  /** Bytes a second, of late; 0 before it is known. */
  rate: number;
  /** What it is called at the server, once it has begun. */
  id?: string;
  error?: unknown;
}

export const SMALLEST_PIECE = 256 * 1024;
/** A piece takes about so long: shown progress moves, and little is sent twice. */
export const PIECE_S = 1;

/** By which a file is known again that was half sent, though the page was closed. */
export const markOf = ({ name, size, lastModified }: Pick<File, "name" | "size" | "lastModified">): string => `${size}/${lastModified}/${name}`.slice(0, 300);

/** How large the next piece is, at so many bytes a second. */
export const pieceOf = (rate: number, most: number): number => Math.min(most, Math.max(SMALLEST_PIECE, Math.round(rate * PIECE_S)));

/** The rate of late: half what it was, half what the last piece went at. */
export const rateOf = (before: number, bytes: number, seconds: number): number => {
  const now = bytes / Math.max(seconds, 0.001);
  return before === 0 ? now : (before + now) / 2;
};

/** How many seconds the rest takes; undefined before that is known. */
export const leftOf = ({ bytes, got, rate }: Sending): number | undefined => (rate > 0 ? (bytes - got) / rate : undefined);

/** Where a file goes on, when a piece was not its next; undefined where something else was wrong. */
export function placeOf(error: unknown): number | undefined {
  const { code, facts } = asProblem(error);
  return code === "file.offset" ? Number(facts.offset) : undefined;
}
