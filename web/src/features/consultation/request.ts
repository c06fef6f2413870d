/** A request before it is sent: what it begins with, and what of it is drafted. */
import type { Schemas } from "../../lib/api";
import type { Lang } from "../../lib/i18n";
import { newKey } from "../../lib/ids";
import type { Wish } from "./model";

export type Prepared = Schemas["Prepared"];
export type Complaint = Schemas["Choice"];
type Draft = Schemas["RequestDraft"];

/** What is filled in, and the key under which it is sent: the same for every attempt, from whichever page. */
export interface Filled {
  wish: Wish;
  key: string;
}

/** What the draft has; else what the visit tells. Consent is asked for anew where its text has changed since. */
export function begun(patient: string, { saved, complaint, call_back, complaints }: Prepared, lang: Lang): Filled {
  const none: Wish = {
    patient, department: "", question: "", version: "", given_by: "patient", how: "", reason: "", complaint: "", call_back, documents: [], slot: "",
    name: "", relation: "", heard_by: "", signature: [],
  };
  if (!saved) {
    const told = complaints.find(({ id }) => id === complaint);
    return { wish: { ...none, ...(told ? filledIn(none, told, complaints, lang) : {}) }, key: newKey() };
  }
  const { key, given_by, how, ...rest } = saved.draft;
  return { wish: { ...none, ...rest, given_by: given_by ?? "", how: how ?? "" }, key };
}

/** What choosing a complaint fills in: its department, and its question where nobody has written one of their own. */
export function filledIn(wish: Wish, chosen: Complaint, complaints: readonly Complaint[], lang: Lang): Partial<Wish> {
  const untouched = !wish.question.trim() || complaints.some(({ question }) => Object.values(question).includes(wish.question));
  return {
    complaint: chosen.id,
    department: chosen.department || wish.department,
    ...(untouched ? { question: chosen.question[lang] ?? "" } : {}),
  };
}

/** What is kept of it on the way: all but a name drawn on the screen, which is sent or drawn anew. */
export function draftOf({ wish, key }: Filled): Draft {
  const { department, complaint, question, call_back, version, given_by, how, reason, name, relation, heard_by, documents } = wish;
  return {
    key, department, complaint, question, call_back, version, given_by: given_by || null, how: how || null, reason, name, relation, heard_by, documents,
  };
}

/** The request after a change. Another request has another key: it may not be taken for the one before. */
export function after(before: Filled, part: Partial<Wish>): Filled {
  const moved = part.department !== undefined && part.department !== before.wish.department;
  const wish = { ...before.wish, ...(moved ? { slot: "" } : {}), ...part }; // another department's experts have other hours
  // The text in force is told, not chosen; under another than the one agreed to nobody has consented yet
  if (part.version !== undefined && Object.keys(part).length === 1) {
    const agreed = before.wish.version === "" || before.wish.version === part.version;
    return { wish: agreed ? wish : { ...wish, how: "" }, key: before.key };
  }
  return { wish, key: newKey() };
}
