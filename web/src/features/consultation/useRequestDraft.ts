/** A request that drafts itself: a moment after the last change, and once more when the page is left. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useLeft, useWords } from "../../lib/unsaved";
import { saveRequest } from "./api";
import type { Wish } from "./model";
import { after, draftOf, type Filled } from "./request";

const PAUSE_MS = 800;

export interface RequestDraft extends Filled {
  change(part: Partial<Wish> | ((now: Wish) => Partial<Wish>)): void;
  /** It is being sent: nothing is drafted meanwhile ... */
  sending(): void;
  /** ... and once it came through, nothing any more. */
  sent(through: boolean): void;
  savedAt: number | undefined;
  error: unknown;
}

/** `writer`: who asks. */
export function useRequestDraft(start: Filled, writer: string): RequestDraft {
  const words = `request/${start.wish.patient}/${writer}`;
  const begun = useLeft<Filled>(words) ?? start;
  const [filled, setFilled] = useState(begun);
  const [savedAt, setSavedAt] = useState<number>();
  const [error, setError] = useState<unknown>();
  const latest = useRef(begun);
  const kept = useRef(start.key);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // Its key tells whether anything was changed
  const unsaved = useCallback(() => latest.current.key !== kept.current, []);
  const now = useCallback(() => latest.current, []);
  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    const sending = latest.current;
    if (sending.key === kept.current) return;
    try {
      await saveRequest(sending.wish.patient, draftOf(sending));
      if (latest.current === sending) kept.current = sending.key;
      setSavedAt(Date.now());
      setError(undefined);
    } catch (problem) {
      setError(problem);
      throw problem;
    }
  }, []);
  const later = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save().catch(() => undefined), PAUSE_MS); // told by `error`
  }, [save]);

  const change = useCallback(
    (part: Partial<Wish> | ((now: Wish) => Partial<Wish>)) => {
      const before = latest.current;
      latest.current = after(before, typeof part === "function" ? part(before.wish) : part);
      setFilled(latest.current);
      later();
    },
    [later],
  );
  const sending = useCallback(() => clearTimeout(timer.current), []);
  const sent = useCallback((through: boolean) => {
    if (through) kept.current = latest.current.key;
    else if (unsaved()) later();
  }, [unsaved, later]);

  useWords(words, { now, unsaved, save });
  useEffect(() => {
    if (unsaved()) later(); // what was left here when a session ended
    return () => clearTimeout(timer.current);
  }, [unsaved, later]);
  return { ...filled, change, sending, sent, savedAt, error };
}
