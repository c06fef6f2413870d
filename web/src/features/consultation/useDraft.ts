/** A draft that saves itself: a moment after the last letter, and once more when the page is left. */
import { useCallback, useEffect, useRef, useState } from "react";
import { saveDraft } from "./api";
import type { Opinion } from "./model";

const PAUSE_MS = 800;

export interface Draft {
  opinion: Opinion;
  set(part: Partial<Opinion>): void;
  /** Resolves when everything typed is on the server. */
  flush(): Promise<void>;
  savedAt: number | undefined;
  dirty: boolean;
  error: unknown;
}

export function useDraft(id: string, start: Opinion): Draft {
  const [opinion, setOpinion] = useState(start);
  const [savedAt, setSavedAt] = useState<number>();
  const [dirty, setDirty] = useState(false);
  const [error, setError] = useState<unknown>();
  const latest = useRef(start);
  const saved = useRef(start);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const flush = useCallback(async () => {
    clearTimeout(timer.current);
    const sending = latest.current;
    if (sending === saved.current) return;
    try {
      await saveDraft(id, sending);
      saved.current = sending;
      setSavedAt(Date.now());
      setDirty(latest.current !== sending);
      setError(undefined);
    } catch (problem) {
      setError(problem);
      throw problem;
    }
  }, [id]);

  // The failure of a timed save stands in `error`, where the page shows it and the next letter tries again
  const quietly = useCallback(() => void flush().catch(() => undefined), [flush]);

  const set = useCallback(
    (part: Partial<Opinion>) => {
      latest.current = { ...latest.current, ...part };
      setOpinion(latest.current);
      setDirty(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(quietly, PAUSE_MS);
    },
    [quietly],
  );

  useEffect(() => quietly, [quietly]);
  return { opinion, set, flush, savedAt, dirty, error };
}
