import { asProblem } from "../../lib/problem";
import { useNow } from "../../lib/now";

/** Seconds until the next attempt is allowed, counted down from the server's answer; 0 when it is. */
export function useWait(error: unknown): number {
  const now = useNow(500);
  if (!error) return 0;
  const { at, retryAfterS } = asProblem(error);
  return Math.max(0, Math.ceil((at - now) / 1000 + retryAfterS));
}
