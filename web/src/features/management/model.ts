/** Totals as they are drawn: which days, where a track stands between its start and its goal, and few as few. */
import type { Schemas } from "../../lib/api";
import { date } from "../../lib/format";

export type Totals = Schemas["Consultations"];
export type Track = Schemas["Track"];
export type Week = Schemas["TotalsWeek"];

export interface Range {
  from: string;
  to: string;
}

export const SPANS = [30, 91, 365] as const;
export type Days = (typeof SPANS)[number];

/** So many days, today the last of them. */
export function lastDays(days: Days, today: Date): Range {
  return { from: date(new Date(today.getFullYear(), today.getMonth(), today.getDate() - days + 1)), to: date(today) };
}

/** How far it has come from its start to its goal, 0 to 1; null where nothing is known. */
export function reached({ start, goal, now }: Track): number | null {
  if (now === null) return null;
  return Math.min(1, Math.max(0, (start - now) / (start - goal)));
}

export type Standing = "met" | "near" | "behind" | "unknown";

/** Met at its goal, near from two thirds of the way on. */
export function standing(track: Track): Standing {
  const share = reached(track);
  if (share === null) return "unknown";
  return share === 1 ? "met" : share >= 2 / 3 ? "near" : "behind";
}

/** A count in words; few is told as fewer than that. */
export const counted = (count: number | null, few: number): string => (count === null ? `<${few}` : String(count));

/** The points of a line through the weeks; few is drawn as none is, at the bottom. */
export function line(values: (number | null)[], most: number, width: number, height: number): string {
  const x = (at: number): number => (values.length < 2 ? width / 2 : (at / (values.length - 1)) * width);
  return values.map((value, at) => `${x(at).toFixed(1)},${(height - ((value ?? 0) / most) * height).toFixed(1)}`).join(" ");
}

/** The top of an axis: 1, 2 or 5 times a power of ten, no less than the largest value. */
export function top(values: (number | null)[]): number {
  const largest = Math.max(1, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(largest));
  return power * ([1, 2, 5, 10].find((step) => step * power >= largest) ?? 10);
}
