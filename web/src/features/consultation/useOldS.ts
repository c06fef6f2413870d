import { useState } from "react";
import { useNow } from "../../lib/now";
import { useSilence } from "../../lib/reach";
import { POLL_MS } from "./api";

/** A poll is overdue by then: nobody answers, though no request has failed yet. */
const OLD_S = POLL_MS / 1000 + 10;

/** How many seconds old is what a page shows, once that may no longer be what is; null while it is fresh. */
export function useOldS(updatedAt: number): number | null {
  const now = useNow(1000);
  const silent = useSilence() !== null;
  const [shownAt] = useState(() => Date.now());
  if (updatedAt === 0) return null;
  const overdue = (now - Math.max(updatedAt, shownAt)) / 1000 > OLD_S;
  return silent || overdue ? Math.max(1, (now - updatedAt) / 1000) : null;
}
