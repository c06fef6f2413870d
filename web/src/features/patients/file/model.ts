/** What a patient's file makes of its lists: moments, places on an axis, the way a curve goes. */
import type { Schemas } from "../../../lib/api";

export type Result = Schemas["Result"];
export type Curve = Schemas["Curve"];
export type Event = Schemas["Event"];
export type Lane = Event["lane"];
export type Source = Schemas["Source"];

export const LANES: readonly Lane[] = ["outpatient", "inpatient", "exam", "remote"];
const DAY = 86_400_000;
const YEAR = 365.25 * DAY;

/** A FHIR date or dateTime in milliseconds; a day, a month or a year begins in the page's zone. NaN for none. */
export function timeOf(text: string): number {
  const day = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  return day ? new Date(Number(day[1]), Number(day[2] ?? 1) - 1, Number(day[3] ?? 1)).getTime() : Date.parse(text);
}

/** The years that a time line shows: all there is, but of a long history the last few unless more is wanted. */
export function reachOf(events: readonly Event[], now: number, years: number | null): [from: number, to: number] {
  const first = Math.min(now - 0.25 * YEAR, ...events.map(({ start }) => timeOf(start)).filter(Number.isFinite));
  const from = years === null ? first : Math.max(first, now - years * YEAR);
  return [from - (now - from) * 0.03, now + (now - from) * 0.04];
}

export interface Mark {
  event: Event;
  /** In per cent of the axis; `width` is null for what has no length. */
  left: number;
  width: number | null;
}

/** Where the events of a lane stand; what ended before the axis begins is left out. What lasts reaches until now. */
export function marksOf(events: readonly Event[], lane: Lane, [from, to]: [number, number], now: number): Mark[] {
  const per = (at: number): number => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * 100;
  return events.flatMap((event) => {
    const start = timeOf(event.start);
    if (event.lane !== lane || !Number.isFinite(start)) return [];
    const lasts = lane === "inpatient";
    const end = !lasts ? start : event.end ? timeOf(event.end) : event.status === "in-progress" ? now : start;
    if (end < from || start > to) return [];
    return [{ event, left: per(start), width: lasts ? per(end) - per(start) : null }];
  });
}

/** How many days somebody was in, the first and the last counted as one night less; null where an end is not known. */
export function daysOf({ start, end, status }: Event, now: number): number | null {
  const [from, to] = [timeOf(start), end ? timeOf(end) : status === "in-progress" ? now : NaN];
  const days = Math.round((to - from) / DAY);
  return Number.isFinite(days) && days >= 0 ? Math.max(1, days) : null;
}

export interface Tick {
  at: number;
  left: number;
  text: string;
}

/** Years, or quarters where less than a year and a half is shown. */
export function ticksOf([from, to]: [number, number]): Tick[] {
  const step = to - from > 1.5 * YEAR ? 12 : 3;
  const ticks: Tick[] = [];
  const day = new Date(from);
  for (let month = Math.ceil(day.getMonth() / step) * step; ticks.length < 60; month += step) {
    const first = new Date(day.getFullYear(), month, 1);
    const at = first.getTime();
    if (at > to - (to - from) * 0.05) break; // no room for its words
    if (at < from) continue;
    const year = String(first.getFullYear());
    ticks.push({ at, left: ((at - from) / (to - from)) * 100, text: step === 12 ? year : `${year}-${String(first.getMonth() + 1).padStart(2, "0")}` });
  }
  const every = Math.ceil(ticks.length / 8);
  return ticks.filter((_, index) => index % every === 0);
}

export interface Trend {
  way: "up" | "down" | "steady" | "unsteady";
  /** By how many per cent, where it is worth telling. */
  percent: number | null;
}

const TOLD = 6;
const WORTH_PERCENT = 25;

/** Which way the last few numbers of one unit go; null where there are too few to say. "<5" is no number to reckon with. */
export function trendOf(curve: Curve | undefined): Trend | null {
  const isLimit = ({ text }: { text: string }): boolean => /^[<>]/.test(text);
  const newest = curve?.points.at(-1);
  const known = (curve?.points ?? []).filter((point) => !isLimit(point)).slice(-TOLD).map(({ number }) => number);
  const [first, last] = [known[0], known.at(-1)];
  if (curve === undefined || newest === undefined || isLimit(newest) || known.length < 3 || first === undefined || last === undefined) return null;
  const { low, high } = curve;
  const scale = low !== null && high !== null && high > low ? high - low : Math.abs(known.reduce((sum, one) => sum + one, 0) / known.length);
  const change = last - first;
  const spread = Math.max(...known) - Math.min(...known);
  if (spread <= 0.15 * scale) return { way: "steady", percent: null };
  const steps = known.slice(1).map((one, index) => one - (known[index] ?? one));
  const along = steps.filter((step) => step * change > 0).length / steps.length;
  if (Math.abs(change) < 0.5 * spread || along < 0.5) return { way: "unsteady", percent: null };
  const percent = first > 0 ? Math.round((Math.abs(change) / first) * 100) : 0;
  return { way: change > 0 ? "up" : "down", percent: percent >= WORTH_PERCENT ? percent : null };
}

/** What a lane's curve spans: its points and the usual range, with some air. */
export function spanOf({ low, high, points }: Curve): [low: number, high: number] {
  const all = [...points.map(({ number }) => number), ...[low, high].filter((end) => end !== null)];
  const [min, max] = [Math.min(...all), Math.max(...all)];
  const air = (max - min || Math.abs(max) || 1) * 0.12;
  return [min - air, max + air];
}

/** The end of a range as it fits beside a curve: some systems tell 3.4000000000000004. */
export const brief = (end: number): number => Number(end.toPrecision(5));

/** Who told a list, each once, and whether others did by other ways. */
export function tellers(items: readonly { source: Source }[]): { names: string[]; kinds: Source["kind"][] } {
  const names = items.flatMap(({ source }) => (source.kind === "system" && source.name ? [source.name] : []));
  const kinds = items.map(({ source }) => source.kind).filter((kind) => kind !== "system");
  return { names: [...new Set(names)], kinds: [...new Set(kinds)] };
}

/** One thing in the file, as it is called there. */
export interface Place {
  key: string;
  type: string;
  id: string;
  title: string;
}

export type Lists = { [L in "diagnoses" | "results" | "documents" | "medicines" | "allergies" | "timeline"]?: Schemas[Capitalize<L>] | undefined };

/** What we publish ourselves and others read: signed opinions, images, files. The rest of ours is a state of our process. */
const PUBLISHED = new Set(["DiagnosticReport", "DocumentReference", "ImagingStudy"]);

/** What of the lists may be labelled, each once. */
export function labelable({ diagnoses, results, documents, medicines, allergies, timeline }: Lists): Place[] {
  const all = [
    ...(diagnoses?.items ?? []).map(({ id, name, source }) => ({ type: "Condition", id, title: name, source })),
    ...(results?.items ?? []).map(({ id, name, source }) => ({ type: "Observation", id, title: name, source })),
    ...[...(documents?.documents ?? []), ...(documents?.images ?? [])].map(({ type, id, title, source }) => ({ type, id, title, source })),
    ...(medicines?.items ?? []).map(({ type, id, name, source }) => ({ type, id, title: name, source })),
    ...(allergies?.items ?? []).map(({ id, name, source }) => ({ type: "AllergyIntolerance", id, title: name, source })),
    ...(timeline?.items ?? []).map(({ type, id, title, source }) => ({ type, id, title, source })),
  ];
  const open = all.filter(({ type, source }) => source.kind !== "ours" || PUBLISHED.has(type));
  const places = new Map(open.map(({ type, id, title }) => [`${type}/${id}`, { key: `${type}/${id}`, type, id, title }]));
  return [...places.values()];
}
