/** Pages that ask again by themselves, and how old what they show is once nobody answers. */
import { useState } from "react";
import { useNow } from "./now";
import { isRefused } from "./problem";
import { useSilence } from "./reach";

/** Should a live message be lost, a page is never older than this. */
export const POLL_MS = 15_000;

/** A page asks again by itself, but not for what it was refused. */
export const POLLED = {
  refetchInterval: ({ state }: { state: { error: Error | null } }) => (isRefused(state.error) ? false as const : POLL_MS),
  refetchOnWindowFocus: ({ state }: { state: { error: Error | null } }) => !isRefused(state.error),
};

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
