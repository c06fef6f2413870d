/** What a referral is to a page, and the small rules of showing it. */
import type { Schemas } from "../../lib/api";
import type { State as Look } from "../../ui/Shape";
import type { Person } from "../../ui/Who";

export type Line = Schemas["ReferralLine"];
export type Referral = Schemas["ReferralView"];
export type State = Line["state"];
export type Act = Line["acts"][number];
export type Given = Schemas["ReferralAct"];
export type House = Schemas["House"];

/** How a state looks: shape and colour; its word is `referral.state.*`. */
export const LOOK: Record<State, Look | "brand" | undefined> = {
  draft: undefined,
  sent: "low",
  received: "low",
  "more-needed": "medium",
  accepted: "brand",
  booked: "brand",
  arrived: "brand",
  treated: "brand",
  returned: "ok",
  closed: "ok",
  declined: "medium",
  unanswered: "high",
  withdrawn: undefined,
};

/** What each act wants beside itself, asked for in place; null for nothing. */
export const WANTS: Record<Act, "reason" | "what" | "text" | "slots" | "outcome" | "receiver" | null> = {
  send: null,
  receive: null,
  accept: null,
  "need-more": "what",
  supply: "text",
  book: "slots",
  arrive: null,
  treat: null,
  return: "outcome",
  "did-not-come": "reason",
  acknowledge: null,
  redirect: "receiver",
  decline: "reason",
  withdraw: "reason",
};

/** The acts in the order of their buttons; the first of these that is offered is the one obvious next step. */
export const FORWARD: readonly Act[] = ["send", "receive", "accept", "supply", "arrive", "return", "acknowledge", "redirect"];

export function offered(acts: readonly Act[]): Act[] {
  return (Object.keys(WANTS) as Act[]).filter((act) => acts.includes(act));
}

/** Whose turn it is: the sender's, the receiver's, or nobody's. */
const SENDERS: readonly State[] = ["draft", "more-needed", "declined", "unanswered", "returned"];
const OVER: readonly State[] = ["closed", "withdrawn"];

export function waitsForReader({ state, mine }: Pick<Line, "state" | "mine">): boolean {
  return !OVER.includes(state) && SENDERS.includes(state) === mine;
}

export const isOver = ({ state }: Pick<Line, "state">): boolean => OVER.includes(state);

const URGENCY = { emergency: 0, urgent: 1, routine: 2 } as const;

/** What waits for the reader first, then what is urgent, then the oldest. */
export function byTurn(a: Line, b: Line): number {
  return (
    Number(waitsForReader(b)) - Number(waitsForReader(a)) || URGENCY[a.urgency] - URGENCY[b.urgency] || a.since.localeCompare(b.since)
  );
}

export function personOf({ patient }: Pick<Line, "patient">): Person {
  return { name: patient.name, sex: patient.sex, birth_date: patient.birth_date, number: patient.number, number_kind: patient.number_kind };
}

/** To whom it goes, in words. */
export const receiverOf = ({ institution, department }: Pick<Line, "institution" | "department">): string =>
  [institution.name, department?.name].filter(Boolean).join(" ");

/** What is filled in of a new one. */
export interface Wish {
  institution: string;
  department: string;
  kind: Line["kind"] | "";
  urgency: Line["urgency"];
  reason: string;
  plan: string;
  agreed: Referral["agreed"] | "";
  why_unable: string;
  documents: string[];
}

export const EMPTY: Wish = {
  institution: "", department: "", kind: "", urgency: "routine", reason: "", plan: "", agreed: "", why_unable: "", documents: [],
};
export const KINDS = ["outpatient", "admission", "examination", "rehabilitation", "follow-up"] as const;
export const URGENCIES = ["emergency", "urgent", "routine"] as const;
export const AGREED = ["patient", "carer", "next-of-kin", "unable"] as const;

export type Missing = "institution" | "kind" | "reason" | "agreed" | "why_unable";

export function missing(wish: Wish): Missing[] {
  const gaps: Missing[] = [];
  if (!wish.institution) gaps.push("institution");
  if (!wish.kind) gaps.push("kind");
  if (!wish.reason.trim()) gaps.push("reason");
  if (!wish.agreed || (wish.agreed === "unable" && wish.urgency !== "emergency")) gaps.push("agreed");
  if (wish.agreed === "unable" && !wish.why_unable.trim()) gaps.push("why_unable");
  return gaps;
}

/** The body of POST /api/referrals; null while something is missing. */
export function bodyOf(wish: Wish, patient: string, source: string, send: boolean): Schemas["NewReferral"] | null {
  const { kind, agreed } = wish;
  if (missing(wish).length > 0 || !kind || !agreed) return null;
  return {
    ...wish, kind, agreed, patient, source, send, reason: wish.reason.trim(), plan: wish.plan.trim(),
    why_unable: agreed === "unable" ? wish.why_unable.trim() : "",
  };
}

/** A draft as it was filled in. */
export const wishOf = (one: Referral): Wish => ({
  institution: one.institution.id, department: one.department?.id ?? "", kind: one.kind, urgency: one.urgency, reason: one.reason,
  plan: one.plan, agreed: one.agreed, why_unable: one.why_unable, documents: one.documents.map(({ reference }) => reference),
});

/** Where something attached is looked at, as far as there is a page for it. */
export function addressOf(reference: string, patient: string): string | undefined {
  const [kind, id] = reference.split("/");
  if (kind === "ImagingStudy" && id) return `/patients/${patient}/studies/${id}`;
  return kind === "DocumentReference" || kind === "DiagnosticReport" ? `/patients/${patient}/documents` : undefined;
}

/** The case that it came out of. */
export const caseOf = ({ source }: Pick<Referral, "source">): string | undefined =>
  source.startsWith("consultation/") ? source.slice("consultation/".length) : undefined;

/** Waits for the reader, and was asked after already; or nobody answered it, or it was declined. */
export const isPressing = (one: Pick<Line, "state" | "mine" | "chased">): boolean =>
  waitsForReader(one) && (one.chased > 0 || (one.mine && (one.state === "unanswered" || one.state === "declined")));
