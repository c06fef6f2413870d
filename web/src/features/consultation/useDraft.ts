/** A draft that saves itself a moment after the last letter, and takes in what the other experts save meanwhile. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "../../lib/problem";
import { useLeft, useWords } from "../../lib/unsaved";
import { opinionsAnew, saveDraft } from "./api";
import { EMPTY, merged, same, settled, type Base, type Choice, type Clashes, type PartOf } from "./draft";
import type { Opinion } from "./model";

const PAUSE_MS = 800;

export interface Draft {
  opinion: Opinion;
  set(part: Partial<Opinion>): void;
  /** Resolves with the version when everything typed is on the server. */
  flush(): Promise<number>;
  savedAt: number | undefined;
  dirty: boolean;
  error: unknown;
  /** Where another wrote in the same part; nothing is saved until it is decided. */
  clashes: Clashes;
  settle(part: PartOf, choice: Choice): void;
}

const isClash = (problem: unknown): boolean => problem instanceof Problem && problem.code === "opinion.draft_newer";

/** What is written, and the draft of the server that it was written on. */
interface Written {
  opinion: Opinion;
  on: Base;
}

/** `remote`: the draft as the server tells it now; `writer`: who writes here. */
export function useDraft(id: string, remote: Base, writer: string): Draft {
  const client = useQueryClient();
  const key = `opinion/${id}/${writer}`;
  const begun = useLeft<Written>(key) ?? { opinion: remote.opinion, on: remote };
  const [opinion, setOpinion] = useState(begun.opinion);
  const [savedAt, setSavedAt] = useState<number>();
  const [dirty, setDirty] = useState(false);
  const [error, setError] = useState<unknown>();
  const [clashes, setClashes] = useState<Clashes>({});
  const latest = useRef(begun.opinion);
  const base = useRef(begun.on);
  const open = useRef<Clashes>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const show = useCallback((next: Opinion) => {
    latest.current = next;
    setOpinion(next);
    setDirty(!same(next, base.current.opinion));
  }, []);

  const take = useCallback((theirs: Base) => {
    if (theirs.version <= base.current.version) return;
    const { opinion: next, clashes: found } = merged(base.current.opinion, latest.current, theirs.opinion);
    base.current = theirs;
    open.current = { ...open.current, ...found };
    setClashes(open.current);
    show(next);
  }, [show]);

  const flush = useCallback(async (): Promise<number> => {
    clearTimeout(timer.current);
    for (let tries = 0; ; tries += 1) {
      if (Object.keys(open.current).length > 0) throw new Problem({ status: 409, code: "opinion.draft_newer" });
      const sending = latest.current;
      const on = base.current.version;
      if (same(sending, base.current.opinion)) return on;
      try {
        await saveDraft(id, { ...sending, version: on });
        if (base.current.version <= on) base.current = { opinion: sending, version: on + 1 };
        setSavedAt(Date.now());
        setDirty(!same(latest.current, base.current.opinion));
        setError(undefined);
      } catch (problem) {
        if (!isClash(problem) || tries > 2) {
          setError(problem);
          throw problem;
        }
        const { draft } = await opinionsAnew(client, id);
        take(draft ? { opinion: { findings: draft.findings, conclusion: draft.conclusion, advice: draft.advice }, version: draft.version } : { opinion: EMPTY, version: 0 });
      }
    }
  }, [client, id, take]);

  // The failure of a timed save stands in `error`, where the page shows it and the next letter tries again
  const quietly = useCallback(() => void flush().catch(() => undefined), [flush]);
  const later = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(quietly, PAUSE_MS);
  }, [quietly]);

  const set = useCallback((part: Partial<Opinion>) => {
    show({ ...latest.current, ...part });
    later();
  }, [show, later]);

  const settle = useCallback((part: PartOf, choice: Choice) => {
    const { [part]: theirs = "", ...rest } = open.current;
    open.current = rest;
    setClashes(rest);
    set({ [part]: settled(latest.current[part], theirs, choice) });
  }, [set]);

  const now = useCallback((): Written => ({ opinion: latest.current, on: base.current }), []);
  const unsaved = useCallback(() => !same(latest.current, base.current.opinion), []);
  useWords(key, { now, unsaved, save: flush });
  useEffect(() => take(remote), [take, remote]);
  useEffect(() => {
    if (unsaved()) later(); // what was left here when a session ended
    return () => clearTimeout(timer.current);
  }, [unsaved, later]);
  return { opinion, set, flush, savedAt, dirty, error, clashes, settle };
}
