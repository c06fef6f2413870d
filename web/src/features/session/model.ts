/** The steps of logging in: which one follows an answer of the server. */
import type { Schemas } from "../../lib/api";

/** Of either step: what is owed next, or the token. */
export type Answer = Partial<Schemas["LoginAnswer"]> & Schemas["FactorAnswer"];

export type Step = "account" | "password" | "enrol" | "factor" | "recovery" | "in";

/** The first number shown before a step's title: what is known (password), then what is held (factor). */
export const ORDER: Record<Step, 1 | 2> = { account: 1, password: 1, recovery: 1, enrol: 2, factor: 2, in: 2 };

/** A token means logged in. Who has no factor yet came with a handed-out password, and replaces that first. */
export function after(answer: Answer | undefined, otherwise: Step): Step {
  if (answer?.csrf) return "in";
  if (answer?.next === "enrol") return "password";
  return answer?.next ?? otherwise;
}

/** Digits alone, at most six: codes are read off a phone as "123 456". */
export function cleanCode(text: string): string {
  return text.replaceAll(/\D/g, "").slice(0, 6);
}

export const MIN_PASSWORD = 12;

export type PasswordFault = "short" | "same" | "differs";

/** What is wrong with a new password before the server is asked; null when nothing is. */
export function passwordFault(old: string, next: string, again: string): PasswordFault | null {
  if (next.length < MIN_PASSWORD) return "short";
  if (next === old) return "same";
  if (next !== again) return "differs";
  return null;
}
