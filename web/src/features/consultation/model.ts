/** What a consultation is to a page, and the small rules of showing it. */
import type { Named } from "../../lib/me";
import type { State as Look } from "../../ui/Shape";
import type { Person } from "../../ui/Who";

export const STATES = [
  "ringing", "queued", "booked", "accepted", "more-needed", "signed", "closed", "cancelled", "did-not-take-place",
] as const;
export type CaseState = (typeof STATES)[number];

export type Act =
  | "accept" | "decline" | "claim" | "release" | "need-more" | "supply" | "hand-over" | "invite"
  | "reschedule" | "cancel" | "did-not-take-place" | "close" | "rate" | "sign" | "write" | "withdraw-consent";

export interface CasePatient {
  id: string;
  name: string;
  sex?: string;
  birth_date?: string;
  number?: string;
  /** Name and number are hidden in part: the record is not open to this reader, or this is a list. */
  masked?: boolean;
}

export interface Ring {
  since: string;
}

export interface Entry {
  at: string;
  what: string;
  who?: Named | null;
  reason?: string;
}

export interface Consent {
  version: string;
  given_by: string;
  how: string;
  reason?: string;
}

export interface Study {
  /** Study Instance UID */
  id: string;
  title: string;
  modality?: string;
  instances?: number;
  /** More of it is on its way. */
  arriving?: boolean;
}

export interface Slot {
  id: string;
  start: string;
  end: string;
}

/** A case as a list shows it. */
export interface Line {
  id: string;
  state: CaseState;
  mode: "live" | "written";
  urgency: "emergency" | "scheduled";
  question: string;
  created: string;
  patient: CasePatient;
  department: Named;
  asker: Named & { institution?: Named };
  expert?: Named | null;
  ring?: Ring | null;
  slot?: Slot | null;
  acts: Act[];
}

/** A case as its own page shows it. */
export interface Case extends Line {
  timeline: Entry[];
  consent?: Consent | null;
  studies: Study[];
}

export interface Opinion {
  findings: string;
  conclusion: string;
  advice: string;
}

export interface OpinionVersion extends Opinion {
  version: number;
  signature?: "valid" | "broken";
  signed_by?: Named | null;
  signed_at?: string;
  withdrawn?: boolean;
}

/** How a state looks: shape and colour; its word is `case.state.*`. */
export const LOOK: Record<CaseState, Look | "brand" | undefined> = {
  ringing: "high",
  queued: "low",
  booked: "brand",
  accepted: "brand",
  "more-needed": "medium",
  signed: "ok",
  closed: "ok",
  cancelled: undefined,
  "did-not-take-place": undefined,
};

/** The promise: an expert is in within three minutes. */
export const PROMISE_S = 180;

export function ringLeftS(ring: Ring, now: number): number {
  return PROMISE_S - (now - Date.parse(ring.since)) / 1000;
}

export function startOf(one: Line): string {
  return one.slot?.start ?? one.created;
}

/** Urgent first, oldest first within that. */
export function byUrgency(a: Line, b: Line): number {
  if (a.urgency !== b.urgency) return a.urgency === "emergency" ? -1 : 1;
  return startOf(a).localeCompare(startOf(b));
}

export interface Desk {
  /** Calls this person can take now. */
  ringing: Line[];
  /** Waits for somebody to claim it. */
  queue: Line[];
  /** Mine, an opinion is owed. */
  open: Line[];
  /** Has a time today. */
  today: Line[];
}

export function desk(cases: Line[], me: string, isToday: (time: string) => boolean): Desk {
  const mine = (one: Line): boolean => one.expert?.id === me;
  const sorted = [...cases].sort(byUrgency);
  return {
    ringing: sorted.filter((one) => one.state === "ringing" && one.acts.includes("accept")),
    queue: sorted.filter((one) => one.state === "queued"),
    open: sorted.filter((one) => mine(one) && (one.state === "accepted" || one.state === "more-needed")),
    today: cases
      .filter((one) => (one.slot ? isToday(one.slot.start) : mine(one) && isToday(startOf(one))))
      .sort((a, b) => startOf(a).localeCompare(startOf(b))),
  };
}

/** What each act wants beside itself. Acts that are not here have their own place on a page, or none yet. */
export const WANTS = {
  accept: null,
  claim: null,
  release: null,
  close: null,
  decline: "reason",
  cancel: "reason",
  "did-not-take-place": "reason",
  "withdraw-consent": "reason",
  "need-more": "what",
  supply: "text",
  "hand-over": "department",
} as const satisfies Partial<Record<Act, string | null>>;

export type OfferedAct = keyof typeof WANTS;

export function offered(acts: Act[]): OfferedAct[] {
  return (Object.keys(WANTS) as OfferedAct[]).filter((act) => acts.includes(act));
}

/** The acts that carry a case forward stand first and filled; one per page. */
export const FORWARD: readonly OfferedAct[] = ["accept", "claim", "supply", "close"];

export function nameOf(who: Named | null | undefined): string {
  return who?.name ?? "";
}

/** The identity line of a case's patient. */
export function personOf({ patient }: Line): Person {
  return { name: patient.name, sex: patient.sex, birth_date: patient.birth_date, masked_id: patient.number };
}

/** The request that a page sends; null while something is missing. */
export interface Wish {
  patient: string;
  department: string;
  question: string;
  version: string;
  given_by: string;
  how: string;
  reason: string;
}

export type Kind = "emergency" | "booked" | "written";

export type Missing = "department" | "question" | "consent" | "reason";

/** What still has to be said before this kind can be sent. Without consent there is only the emergency that cannot ask. */
export function missing(wish: Wish, kind: Kind): Missing[] {
  const gaps: Missing[] = [];
  if (!wish.question.trim()) gaps.push("question");
  if (!wish.department) gaps.push("department");
  if (!wish.version || !wish.given_by || !wish.how) gaps.push("consent");
  if (wish.given_by === "unable" && (kind !== "emergency" || !wish.reason.trim())) gaps.push("reason");
  return gaps;
}

/** The body of POST /api/consultations. */
export function requestBody(wish: Wish, kind: Kind, slot?: string): Record<string, unknown> {
  const unable = wish.given_by === "unable";
  return {
    patient: wish.patient,
    department: wish.department,
    question: wish.question.trim(),
    urgency: kind === "emergency" ? "emergency" : "scheduled",
    mode: kind === "written" ? "written" : "live",
    consent: {
      version: wish.version,
      given_by: wish.given_by,
      how: wish.how,
      ...(unable ? { reason: wish.reason.trim() } : {}),
    },
    ...(kind === "booked" && slot ? { slot } : {}),
  };
}
