/** What a consultation is to a page, and the small rules of showing it. */
import type { Schemas } from "../../lib/api";
import type { Named } from "../../lib/me";
import type { State as Look } from "../../ui/Shape";
import type { Person } from "../../ui/Who";

/** A case as a list shows it. */
export type Line = Schemas["Line"];
/** A case as its own page shows it. */
export type Case = Schemas["CaseView"];
export type CaseState = Line["state"];
export type Act = Line["acts"][number];
export type Ring = Schemas["RingView"];
export type Consent = Schemas["Consent"];
/** What its writer types: whole, though the server would take less. */
export type Opinion = Required<Omit<Schemas["Opinion"], "version">>;
export type OpinionVersion = Schemas["OpinionVersion"];
export type OpinionDo = Schemas["Opinions"]["acts"][number];
/** What is sent with each of them. */
export type OpinionCall =
  | { act: "add"; text: string }
  | { act: "amend"; texts: Opinion; reason: string }
  | { act: "withdraw"; reason: string }
  | { act: "cosign"; seen: number };

/** How a state looks: shape and colour; its word is `case.state.*`. */
export const LOOK: Record<CaseState, Look | "brand" | undefined> = {
  ringing: "high",
  queued: "low",
  booked: "low",
  "more-needed": "medium",
  accepted: "brand",
  signed: "ok",
  closed: "ok",
  cancelled: undefined,
  "did-not-take-place": undefined,
};

/** The promise: an expert is in within three minutes. */
export const PROMISE_S = 180;

export function ringLeftS(ring: Pick<Ring, "since">, now: number): number {
  return PROMISE_S - (now - Date.parse(ring.since)) / 1000;
}

/** Urgent first, oldest first within that. */
export function byUrgency(a: Line, b: Line): number {
  if (a.urgency !== b.urgency) return a.urgency === "emergency" ? -1 : 1;
  return a.created.localeCompare(b.created);
}

export interface Desk {
  /** Calls this person now, on each of their devices. */
  ringing: Line[];
  /** Waits for somebody to claim it, or calls others of the department. */
  queue: Line[];
  /** Mine, an opinion is owed. */
  open: Line[];
  /** Mine, at an hour of today or asked for today. */
  today: Line[];
}

export const calls = ({ ring }: Line, person: string): boolean => ring?.called.some((one) => one.person.id === person) ?? false;

/** When a case has its place in the day: at its hour, else when it was asked for. */
export const timeOf = ({ starts, created }: Pick<Line, "starts" | "created">): string => starts ?? created;

export function desk(cases: Line[], me: string, isToday: (time: string) => boolean): Desk {
  const mine = (one: Line): boolean => one.expert?.id === me;
  const sorted = [...cases].sort(byUrgency);
  return {
    ringing: sorted.filter((one) => one.state === "ringing" && calls(one, me)),
    queue: sorted.filter((one) => one.state === "queued" || (one.state === "ringing" && !calls(one, me) && one.acts.includes("accept"))),
    open: sorted.filter((one) => mine(one) && one.state === "accepted"),
    today: cases.filter((one) => mine(one) && isToday(timeOf(one))).sort((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b))),
  };
}

/** What each act wants beside itself. Acts that are not here have their own place on a page. */
export const WANTS = {
  accept: null,
  decline: "reason",
  claim: null,
  release: null,
  "need-more": "what",
  supply: "text",
  "hand-over": "department",
  invite: "person",
  rate: "score",
  close: null,
  cancel: "reason",
  "did-not-take-place": "reason",
  "withdraw-consent": "reason",
} as const satisfies Partial<Record<Act, string | null>>;

export type OfferedAct = keyof typeof WANTS;

export function offered(acts: Act[]): OfferedAct[] {
  return (Object.keys(WANTS) as OfferedAct[]).filter((act) => acts.includes(act));
}

/** So long before its hour a booked case may begin. */
const EARLY_MS = 15 * 60_000;

/** From when on a booked case may be taken, while that is yet to come. */
export function beginsAt({ state, starts }: Pick<Line, "state" | "starts">, now: number): Date | null {
  const begins = state === "booked" && starts ? Date.parse(starts) - EARLY_MS : now;
  return begins > now ? new Date(begins) : null;
}

/** The acts that carry a case forward stand first and filled; one per page. */
export const FORWARD: readonly OfferedAct[] = ["accept", "claim", "supply", "close"];

/** While these last somebody's access hangs on the consent. */
export const UNDER_WAY: readonly Line["state"][] = ["ringing", "queued", "booked", "accepted", "more-needed"];

/** Whether a case is of the kind that takes place at an hour. */
export const hasHours = ({ mode, urgency }: Line): boolean => mode === "live" && urgency === "scheduled";

export function nameOf(who: Named | null | undefined): string {
  return who?.name ?? "";
}

/** The identity line of a case's patient. */
export function personOf({ patient }: Line): Person {
  return { name: patient.name, sex: patient.sex, birth_date: patient.birth_date, number: patient.number, number_kind: patient.number_kind };
}

/** What is filled in of a request; '' while it is not. */
export interface Wish {
  patient: string;
  department: string;
  question: string;
  version: string;
  given_by: Consent["given_by"] | "";
  how: Consent["how"] | "";
  reason: string;
  /** Who gave it for the patient, and what they are to them. */
  name: string;
  relation: string;
  /** Who heard what was spoken. */
  heard_by: string;
  /** A name drawn on the screen: strokes of x, y, x, y in a box of 1000 by 400. */
  signature: number[][];
  /** Of a live consultation at an hour. */
  slot: string;
  complaint: string;
  call_back: string;
  documents: string[];
}

export type Kind = "emergency" | "scheduled" | "written";

export type Missing = "department" | "question" | "consent" | "reason" | "kin" | "slot";

/** What still has to be said before this kind can be sent. Without consent there is only the emergency that cannot ask. */
export function missing(wish: Wish, kind: Kind): Missing[] {
  const gaps: Missing[] = [];
  if (!wish.question.trim()) gaps.push("question");
  if (!wish.department) gaps.push("department");
  if (!wish.version || !wish.given_by || !wish.how) gaps.push("consent");
  if ((wish.given_by === "next-of-kin" || wish.given_by === "carer") && !(wish.name.trim() && wish.relation.trim())) gaps.push("kin");
  if (kind === "scheduled" && !wish.slot) gaps.push("slot");
  if (wish.given_by === "unable" && (kind !== "emergency" || !wish.reason.trim())) gaps.push("reason");
  return gaps;
}

/** What belongs to this way of consenting, and nothing that was filled in for another. */
function given({ given_by, how, reason, name, relation, heard_by, signature }: Wish): Partial<Consent> {
  if (given_by === "unable") return { reason: reason.trim() };
  return {
    ...(given_by === "patient" ? {} : { name: name.trim(), relation: relation.trim() }),
    ...(how === "spoken" ? { heard_by: heard_by.trim() } : { signature }),
  };
}

/** The body of POST /api/consultations; null while a consent is missing. */
export function requestBody(wish: Wish, kind: Kind): Schemas["Ask"] | null {
  const { version, given_by, how } = wish;
  if (!given_by || !how) return null;
  return {
    patient: wish.patient,
    department: wish.department,
    question: wish.question.trim(),
    urgency: kind === "emergency" ? "emergency" : "scheduled",
    mode: kind === "written" ? "written" : "live",
    ...(kind === "scheduled" ? { slot: wish.slot } : {}),
    call_back: wish.call_back.trim(),
    documents: wish.documents,
    consent: { version, given_by, how, ...given(wish) },
  };
}

/** What a referral out of a case begins with: the case, and its opinion once that is signed. */
export const referred = ({ id, state, report }: Pick<Case, "id" | "state" | "report">): Record<string, string> => ({
  source: `consultation/${id}`,
  ...(state === "signed" || state === "closed" ? { report } : {}),
});
