/** Weeks, days and what stands in them. The page's zone is that of its browser; the server keeps moments. */
import type { Schemas } from "../../lib/api";
import type { Me } from "../../lib/me";

export type Week = Schemas["Week"];
export type Slot = Schemas["SlotLine"];
export type Waiting = Schemas["WaitingLine"];
export type Shift = Schemas["ShiftLine"];
export type Roster = Schemas["PatternLine"];
export type Booking = Schemas["BookingLine"];
export type Department = Schemas["DepartmentLine"];
export type Person = Week["people"][number];
export type What = "shift" | "absence" | "slot";
export type Kind = Schemas["AbsenceLine"]["kind"];

/** Something of a person on a day. */
export interface Item {
  what: What | "cover";
  id: string;
  start: Date;
  end: Date;
  /** Of a slot. */
  state?: Slot["state"];
  /** Of a shift. */
  circle?: number;
  /** Of an absence. */
  kind?: Kind;
  /** Of an absence: who stands in; of a cover: for whom. */
  other?: Person;
  booking?: Booking;
  /** Of a scanner, which is out of service, not away. */
  thing?: boolean;
}

/** What is entered: several slots at once are several of these. */
export interface Entry {
  what: What;
  person: string;
  department: string;
  start: Date;
  end: Date;
  circle: number;
  kind: Kind;
  /** Who stands in for who is away; "" for nobody. */
  cover: string;
}

/** Hours that a day's strip shows. */
export const FROM_HOUR = 7;
export const TO_HOUR = 21;

export const KINDS: readonly Kind[] = ["leave", "out", "other"];
export const CIRCLES = [1, 2, 3] as const;
/** Minutes that a slot may have. */
export const LENGTHS = [20, 30, 40, 60] as const;

/** The midnight `days` after that of a moment, whatever the clocks do in between. */
export function midnight(at: Date, days = 0): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);
}

/** The Monday's midnight of a moment's week. */
export function monday(at: Date): Date {
  return midnight(at, -((at.getDay() + 6) % 7));
}

/** The seven midnights of a week, and the one after it. */
export function days(start: Date): Date[] {
  return Array.from({ length: 8 }, (_, by) => midnight(start, by));
}

const touches = (item: { start: string | Date; end: string | Date }, from: Date, to: Date): boolean =>
  new Date(item.start) < to && new Date(item.end) > from;

/** All that stands in a person's day, in its order. */
export function itemsOf(week: Week, person: string, from: Date, to: Date): Item[] {
  const span = ({ start, end }: { start: string; end: string }): Pick<Item, "start" | "end"> => ({ start: new Date(start), end: new Date(end) });
  const of = <One extends { start: string; end: string }>(all: One[], whose: (one: One) => string): One[] =>
    all.filter((one) => whose(one) === person && touches(one, from, to));
  const booked = new Map(week.bookings.map((one) => [one.slot, one]));
  const items: Item[] = [
    ...of(week.shifts, (one) => one.person.id).map((one) => ({ what: "shift" as const, id: one.id, circle: one.circle, ...span(one) })),
    ...of(week.absences, (one) => one.person.id).map((one) => ({
      what: "absence" as const, id: one.id, kind: one.kind, ...span(one), ...(one.cover ? { other: one.cover } : {}),
      ...(week.resources.includes(person) ? { thing: true } : {}),
    })),
    ...of(week.covers, (one) => one.cover?.id ?? "").map((one) => ({ what: "cover" as const, id: one.id, other: one.person, ...span(one) })),
    ...of(week.slots, (one) => one.expert.id).map((one) => {
      const booking = booked.get(one.id);
      return { what: "slot" as const, id: one.id, state: one.state, ...span(one), ...(booking ? { booking } : {}) };
    }),
  ];
  return items.sort((a, b) => a.start.getTime() - b.start.getTime() || a.what.localeCompare(b.what));
}

export interface Counts {
  booked: number;
  free: number;
  mustMove: number;
}

export function counts(items: Item[]): Counts {
  const of = (wanted: (item: Item) => boolean): number => items.filter(wanted).length;
  return {
    booked: of(({ state }) => state === "taken"),
    free: of(({ state }) => state === "free"),
    mustMove: of(({ booking }) => booking?.must_move ?? false),
  };
}

/** Where an item stands in a day's strip, in percent; null when it is outside the hours that are shown. */
export function place(item: Pick<Item, "start" | "end">, day: Date): { left: number; width: number } | null {
  const hour = (at: Date): number => Math.min(TO_HOUR, Math.max(FROM_HOUR, (at.getTime() - day.getTime()) / 3_600_000));
  const [from, to] = [hour(item.start), hour(item.end)];
  if (to <= from) return null;
  const share = 100 / (TO_HOUR - FROM_HOUR);
  return { left: (from - FROM_HOUR) * share, width: (to - from) * share };
}

/** `09:30` on a day; null for what is no time. */
export function timeOn(day: Date, text: string): Date | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return null;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), Number(match[1]), Number(match[2]));
}

/** From when to when: an end that is not after the start is of the next day. */
export function spanOn(day: Date, from: string, to: string): { start: Date; end: Date } | null {
  const start = timeOn(day, from);
  const end = timeOn(day, to);
  if (!start || !end) return null;
  return { start, end: end > start ? end : new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1, end.getHours(), end.getMinutes()) };
}

/** A span cut into slots of equal length; what is left over at its end is none. */
export function cut({ start, end }: { start: Date; end: Date }, minutes: number): { start: Date; end: Date }[] {
  const step = minutes * 60_000;
  const many = Math.floor((end.getTime() - start.getTime()) / step);
  return Array.from({ length: Math.max(0, many) }, (_, at) => ({
    start: new Date(start.getTime() + at * step), end: new Date(start.getTime() + (at + 1) * step),
  }));
}

/** Slots by the day on which they begin, each day once, in their order. */
export function byDay(slots: Slot[]): { day: Date; slots: Slot[] }[] {
  const found = new Map<number, Slot[]>();
  for (const slot of slots) {
    const day = midnight(new Date(slot.start)).getTime();
    found.set(day, [...(found.get(day) ?? []), slot]);
  }
  return [...found].sort(([a], [b]) => a - b).map(([day, some]) => ({ day: new Date(day), slots: some }));
}

/** How urgent what is to be booked is: it decides how far ahead that must be. */
export type Pressing = Slot["free_for"][number];

/** What can be booked now. */
export const bookable = (slots: Slot[], pressing: Pressing = "routine"): Slot[] => slots.filter(({ free_for }) => free_for.includes(pressing));

/** So long before its hour both sides are reminded. */
const SOON_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

export type Urgency = "must-move" | "open" | "day";

/** What of a booking asks for attention now; null while it is neither near nor in trouble. */
export function urgency(booking: Pick<Booking, "start" | "end" | "must_move">, now: number): Urgency | null {
  if (new Date(booking.end).getTime() <= now) return null;
  if (booking.must_move) return "must-move";
  const left = new Date(booking.start).getTime() - now;
  return left <= SOON_MS ? "open" : left <= DAY_MS ? "day" : null;
}

/** The id of the case that is booked; '' when it is for something else. */
export const caseOf = (booking: Pick<Booking, "source">): string => /^consultation\/(.+)$/.exec(booking.source)?.[1] ?? "";

/** The page of what is booked or waits, a part of it too; '' when it has none. */
export function pageOf({ source }: Pick<Booking, "source">): string {
  const [kind = "", id = ""] = source.split("/");
  const page = { consultation: "cases", referral: "referrals" }[kind];
  return page && id ? `/${page}/${id}` : "";
}

/** Whether the link is to be measured by itself now: in the last half hour, and not within the last ten minutes. */
export function wantsCheck(booking: Pick<Booking, "start" | "end" | "link">, now: number): boolean {
  const left = new Date(booking.start).getTime() - now;
  if (left > 2 * SOON_MS || new Date(booking.end).getTime() <= now) return false;
  return !booking.link || now - new Date(booking.link.checked).getTime() > 600_000;
}

export type Swap = Schemas["SwapLine"];
export type SwapAct = "accept" | "refuse" | "withdraw" | "approve" | "reject";
export type ResourceKind = Schemas["ResourceLine"]["kind"];
export const RESOURCES: readonly ResourceKind[] = ["ct", "mr", "endoscopy", "ultrasound", "other"];

/** Of which of their shifts somebody may ask a swap: what has not begun, and is asked of nobody yet. */
export function askable(shifts: Shift[], swaps: Swap[], person: string, now: Date): Shift[] {
  const asked = new Set(swaps.filter(({ state }) => state !== "refused").map(({ shift }) => shift?.id));
  return shifts.filter((one) => one.person.id === person && new Date(one.start) > now && !asked.has(one.id));
}

/** What a reader may do with a swap: nothing more with one that was refused. */
export function swapActs({ asker, person, state }: Pick<Swap, "asker" | "person" | "state">, me: Pick<Me, "id" | "role">): SwapAct[] {
  if (state === "refused") return [];
  if (me.role === "manager") return state === "agreed" ? ["approve", "reject"] : ["reject"];
  if (person.id === me.id) return state === "asked" ? ["accept", "refuse"] : ["refuse"];
  return asker.id === me.id ? ["withdraw"] : [];
}

/** A day as a date field and the server write it. */
export const dayKey = (day: Date): string =>
  [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** What is not urgent is booked at least so long ahead (`model.AHEAD`). */
const AHEAD_MS = 24 * 3600_000;

/** Whether a consultation that is booked for then, or has lost its hour, could still be given an earlier one. */
export const canBeEarlier = (starts: string | null, now: number): boolean =>
  starts === null || new Date(starts).getTime() - now > AHEAD_MS;
