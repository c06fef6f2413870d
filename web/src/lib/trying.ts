/** What comes after something that was not taken: the same once more, or nothing. */
import { asProblem } from "./problem";

/** A line that is down, and a server that is busy or full, may be better soon. */
export function afterFailure(error: unknown): "again" | "failed" {
  const { status } = asProblem(error);
  return status === 0 || status === 408 || status === 429 || status >= 500 ? "again" : "failed";
}

/** Seconds until the next try. */
export const waitS = (tries: number): number => Math.min(15, 2 ** tries);
