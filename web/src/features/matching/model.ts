/** What a pair says: how likely it is one person, and what of the two agrees. */
import type { Schemas } from "../../lib/api";

export type Pair = Schemas["Pair"];
export type Side = Schemas["Side"];
export type Reason = Pair["reasons"][number];
export type Act = Pair["acts"][number];
export const SHELVES = ["open", "later", "one", "apart"] as const;
export type Shelf = (typeof SHELVES)[number];

/** Of eight million people's records one pair in 2^23 is one person's: evidence of so many bits makes the odds even. */
const EVEN_BITS = 23;

export type Likely = "sure" | "likely" | "maybe" | "open";

/** The evidence as a word. */
export function likely(bits: number): Likely {
  const over = bits - EVEN_BITS;
  if (over >= 9) return "sure";
  if (over >= 3) return "likely";
  return over >= 0 ? "maybe" : "open";
}

export type Mark = "agrees" | "near" | "differs" | "silent";

/** How a row is marked: green what agrees, marked what differs, between them what is alike. */
export function mark(reason: Reason | undefined): Mark {
  if (!reason) return "silent";
  if (reason.agreement === "differs") return "differs";
  return reason.agreement.startsWith("same") ? "agrees" : "near";
}

export interface Row {
  field: "name" | "birth_date" | "sex" | "card" | "number" | "phone";
  left: string[];
  right: string[];
  reason: Reason | undefined;
}

const values = (side: Side, field: Row["field"]): string[] => {
  if (field === "card" || field === "number") return side.numbers;
  if (field === "phone") return side.phones;
  return [side[field]].filter(Boolean);
};

/** The two beside each other. Numbers stand in one row, marked by the card where both have one. */
export function rows({ sides: [left, right], reasons }: Pick<Pair, "sides" | "reasons">): Row[] {
  if (!left || !right) return [];
  const of = (field: string): Reason | undefined => reasons.find((one) => one.field === field);
  const numbers: Row["field"] = of("card") ? "card" : "number";
  return (["name", "birth_date", "sex", numbers, "phone"] as const)
    .map((field) => ({ field, left: values(left, field), right: values(right, field), reason: of(field) }))
    .filter((row) => row.left.length + row.right.length > 0);
}

/** +14.1, −6.6: what a field adds, with a sign that is read as one. */
export const signed = (weight: number): string => `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(1)}`;

/** The acts that a key does while nobody types. */
export const KEYS: Partial<Record<string, Act>> = { 1: "same", 2: "apart", 3: "later" };

/** Who is looked at when the one before has left the list. */
export function following(ids: string[], gone: string): string | undefined {
  const at = ids.indexOf(gone);
  return ids[at + 1] ?? ids[at - 1];
}
