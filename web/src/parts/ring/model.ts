/** How a ring goes, for whoever looks at it: both sides of a case, and dispatchers. */
import type { Schemas } from "../../lib/api";

export type Ring = Pick<Schemas["DispatchLine"], "since" | "called" | "failed" | "next_at" | "alarmed" | "taken_by" | "answered_by" | "there_s">;
export type Called = Schemas["Called"];
export type Failed = Schemas["Failed"];

/** Seconds since a moment; never below zero, whatever the clocks say. */
export const sinceS = (time: string, now: number): number => Math.max(0, (now - Date.parse(time)) / 1000);

/** Seconds until a moment; null where there is none. */
export const untilS = (time: string | null, now: number): number | null => (time === null ? null : Math.max(0, (Date.parse(time) - now) / 1000));

/** Circle 0 is nobody's: a dispatcher rang them. */
export const byHand = ({ circle }: { circle: number }): boolean => circle === 0;

/** A failed call that was a call, and not only somebody who could not be called. */
export const rang = ({ since, until }: Failed): boolean => Date.parse(until) > Date.parse(since);
