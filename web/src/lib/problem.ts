/** What went wrong, as the server says it (RFC 9457): a stable code, the place in the input, and facts. */
import type { components } from "../generated/api";

interface Facts {
  [fact: string]: unknown;
}

type Told = components["schemas"]["Problem"];
type Found = Pick<Told, "code" | "place"> & Facts;
export type ProblemBody = Found & Pick<Told, "status">;

export class Problem extends Error {
  /** When it was told, in milliseconds. */
  readonly at = Date.now();
  readonly status: number;
  readonly code: string;
  readonly place: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor({ status, code, place, ...facts }: ProblemBody) {
    super(code);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.place = place;
    this.facts = facts;
  }

  /** Seconds until another attempt is worth it, when the server slows attempts down; 0 otherwise. */
  get retryAfterS(): number {
    const value = Number(this.facts.retry_after_s);
    return Number.isFinite(value) && value > 0 ? Math.ceil(value) : 0;
  }
}

/** No answer came at all: the network or the server is away. */
export const UNREACHABLE = "network.unreachable";

/** Whether the server said no: asking again changes nothing, and each time is a line in the trail. */
export function isRefused(error: unknown): boolean {
  return error instanceof Problem && (error.status === 403 || error.status === 404);
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ status: 0, code: "page.broken", cause: String(error) });
}

/** An answer that is not a success, in whichever of its voices the server spoke. */
export async function readProblem(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null);
  const found: Found = fromProblem(body) ?? fromOutcome(body) ?? { code: `http.${answer.status}` };
  const wait = answer.headers.get("Retry-After");
  return new Problem({ ...(wait ? { retry_after_s: Number(wait) } : {}), ...found, code: found.code, status: answer.status });
}

function fromProblem(body: unknown): Found | null {
  if (!isRecord(body) || typeof body.code !== "string") return null;
  return { ...body, code: body.code };
}

/** FHIR's OperationOutcome carries our code in `details.coding` and its words in `details.text` (HL7 FHIR R4, OperationOutcome). */
function fromOutcome(body: unknown): Found | null {
  if (!isRecord(body) || body.resourceType !== "OperationOutcome" || !Array.isArray(body.issue)) return null;
  const issue: unknown = body.issue[0];
  if (!isRecord(issue)) return null;
  const details = isRecord(issue.details) ? issue.details : {};
  const coding: unknown = Array.isArray(details.coding) ? details.coding[0] : null;
  const code = isRecord(coding) && typeof coding.code === "string" ? coding.code : `fhir.${String(issue.code)}`;
  const place = Array.isArray(issue.expression) ? String(issue.expression[0]) : undefined;
  return { code, place, ...(typeof details.text === "string" ? { title: details.text } : {}) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
