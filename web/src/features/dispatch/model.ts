/** What rings, as a dispatcher sees it. */
import type { Schemas } from "../../lib/api";

export type Line = Schemas["DispatchLine"];
export type Somebody = Schemas["Callable"];

/** Nobody answered, or nobody can be called, and no dispatcher has it in hand: this one shouts. */
export const shouts = ({ state, alarmed, taken_by }: Line): boolean => state === "ringing" && alarmed !== null && taken_by === null;

export type Critical = Schemas["CriticalAlarm"];

/** It was not read back in time, and no dispatcher has it in hand. */
export const unheld = ({ taken_by }: Critical): boolean => taken_by === null;

export type Hold = "mine" | "theirs" | "nobodys";

export const held = ({ taken_by }: Pick<Line, "taken_by">, me: string): Hold => (taken_by === null ? "nobodys" : taken_by.id === me ? "mine" : "theirs");
