/** The one time line of a recording: which films are on at a moment, and what happened when. */
import type { Schemas } from "../../lib/api";

export type Film = Schemas["FilmLine"];

/** As the recording's time line has it; `at_ms` after its beginning. */
export interface Happened {
  at_ms: number;
  what: string;
  person: string;
  reason: string;
}

/** One line beside the films: something of the room, or something written. */
export interface Line {
  at_ms: number;
  what: string;
  who: string;
  words: string;
}

/** A film that is so far from where it should be is set there. */
export const DRIFT_S = 0.3;

export const plays = ({ bytes }: Film): boolean => bytes > 0;

export const length_ms = (films: Film[], begun: string, ended: string | null): number =>
  Math.max(0, ended ? new Date(ended).getTime() - new Date(begun).getTime() : 0, ...films.map(({ at_ms, lasts_ms }) => at_ms + lasts_ms));

/** Where in a film one is at a moment of the whole, in seconds; undefined while it is not on. */
export function within({ at_ms, lasts_ms }: Film, now_ms: number): number | undefined {
  return now_ms >= at_ms && now_ms < at_ms + lasts_ms ? (now_ms - at_ms) / 1000 : undefined;
}

/** Everything that is told beside the films, in its order. */
export function lines(happened: Happened[], written: Schemas["Message"][], begun: string, ended: string | null): Line[] {
  const since = new Date(begun).getTime();
  const until = ended ? new Date(ended).getTime() : Infinity;
  const said = written
    .map(({ at, who, text }) => ({ at: new Date(at).getTime(), who: who.name, words: text }))
    .filter(({ at }) => at >= since && at <= until)
    .map(({ at, who, words }) => ({ at_ms: at - since, what: "chat", who, words }));
  return [...happened.map(({ at_ms, what, person, reason }) => ({ at_ms, what, who: person, words: reason })), ...said].sort((a, b) => a.at_ms - b.at_ms);
}

/** The last that has happened by then; -1 for none. */
export const lastBy = (all: { at_ms: number }[], now_ms: number): number => all.findLastIndex(({ at_ms }) => at_ms <= now_ms);
