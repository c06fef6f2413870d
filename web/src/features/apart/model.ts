/** Images that are held: whose they say they are, whose they may be, and where the two differ. */
import type { Schemas } from "../../lib/api";

export type Line = Schemas["ApartLine"];
export type Whole = Schemas["ApartWhole"];
export type Claimed = Schemas["Claimed"];
/** A patient as far as is needed to compare: one of the server's, or one whom a person has looked up. */
export type Candidate = Pick<Schemas["Known"], "id" | "name" | "sex" | "birth_date"> & Partial<Pick<Schemas["Known"], "number" | "number_kind">>;

export const FIELDS = ["name", "sex", "birth_date", "number"] as const;
export type Field = (typeof FIELDS)[number];

const HAN = /\p{Script=Han}/u;
const plain = (text: string): string => text.replaceAll(/\s/g, "").toLowerCase();

/** Whether two names say otherwise: a device's pinyin says nothing against a name in Han. */
function otherName(one: string, other: string): boolean {
  return HAN.test(one) === HAN.test(other) && plain(one) !== plain(other);
}

/** Whether a field of the images contradicts a patient; what either leaves out contradicts nothing. */
export function differs(field: Field, claimed: Claimed, known: Candidate): boolean {
  const [one, other] = [claimed[field], known[field] ?? ""];
  if (!one || !other) return false;
  if (field === "name") return otherName(one, other);
  // Of a masked patient only the year is told
  const shorter = Math.min(one.length, other.length);
  return field === "birth_date" ? one.slice(0, shorter) !== other.slice(0, shorter) : one !== other;
}

/** The fields in which a choice contradicts what the images say. */
export const contradictions = (claimed: Claimed, known: Candidate): Field[] => FIELDS.filter((field) => differs(field, claimed, known));

/** Whom the server knows it may be: whose the study is first, each once. */
export function candidates({ holder, numbered }: Whole): Candidate[] {
  const all = [...(holder ? [holder] : []), ...numbered];
  return all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index);
}

const TOLD = ["intake.no_number", "intake.patient_disagrees", "dicom.other_patient", "dicom.same_uid_other_content"] as const;

/** What to do about a reason, in words of its own where there are some. */
export function advice(reason: string): `apart.do.${(typeof TOLD)[number]}` | "apart.do.other" {
  const told = TOLD.find((one) => one === reason);
  return told ? `apart.do.${told}` : "apart.do.other";
}
