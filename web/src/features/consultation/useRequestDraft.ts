/** A request that drafts itself: a moment after the last change, and once more when the page is left. */
import { useCallback, useEffect, useRef, useState } from "react";
import { saveRequest } from "./api";
import type { Wish } from "./model";
import { after, draftOf, type Filled } from "./request";

const PAUSE_MS = 800;

export interface RequestDraft extends Filled {
  change(part: Partial<Wish> | ((now: Wish) => Partial<Wish>)): void;
  /** It was sent: nothing of it is drafted any more. */
  sent(): void;
  savedAt: number | undefined;
  error: unknown;
}

export function useRequestDraft(start: Filled): RequestDraft {
  const [filled, setFilled] = useState(start);
  const [savedAt, setSavedAt] = useState<number>();
  const [error, setError] = useState<unknown>();
  const latest = useRef(start);
  const kept = useRef(start.key);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    const sending = latest.current;
    // Its key tells whether anything was changed
    if (sending.key === kept.current) return;
    kept.current = sending.key;
    saveRequest(sending.wish.patient, draftOf(sending)).then(
      () => {
        setSavedAt(Date.now());
        setError(undefined);
      },
      (problem: unknown) => {
        if (kept.current === sending.key) kept.current = "";
        setError(problem);
      },
    );
  }, []);

  const change = useCallback(
    (part: Partial<Wish> | ((now: Wish) => Partial<Wish>)) => {
      const now = latest.current;
      latest.current = after(now, typeof part === "function" ? part(now.wish) : part);
      setFilled(latest.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(flush, PAUSE_MS);
    },
    [flush],
  );
  const sent = useCallback(() => {
    clearTimeout(timer.current);
    kept.current = latest.current.key;
  }, []);

  useEffect(() => flush, [flush]);
  return { ...filled, change, sent, savedAt, error };
}
