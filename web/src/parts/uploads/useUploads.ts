/** Sends the files that were chosen, one after the other. Who leaves the page meanwhile loses none: they go on. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef } from "react";
import { newKey } from "../../lib/ids";
import { mostBytes, upload } from "../../lib/upload";
import { asked, changed, nextOf, type Item } from "./model";

interface Held {
  file: File;
  stop: AbortController;
}

export interface Uploads {
  items: Item[];
  /** How many bytes one file may have; undefined until the server has said. */
  most: number | undefined;
  add(files: Iterable<File>): void;
  retry(key: string): void;
  drop(key: string): void;
}

/** `onKept` is told the document that a file has become. */
export function useUploads(patient: string, onKept: (id: string) => void): Uploads {
  const [items, change] = useReducer(changed, []);
  // Should it not be told, what is too large is still refused, only later
  const { data: most } = useQuery({ queryKey: ["uploads"], queryFn: mostBytes, staleTime: Infinity });
  const held = useRef(new Map<string, Held>());
  const kept = useRef(onKept);
  useEffect(() => {
    kept.current = onKept;
  }, [onKept]);
  const next = nextOf(items)?.key;

  useEffect(() => {
    const one = next === undefined ? undefined : held.current.get(next);
    if (next === undefined || !one) return;
    change({ key: next, part: { state: "sending", share: 0, error: undefined } });
    const told = (share: number): void => change({ key: next, part: { share } });
    upload({ patient, file: one.file, told, signal: one.stop.signal }).then(
      ({ id, type, name }) => {
        change({ key: next, part: { state: "kept", share: 1, id, type, name } });
        kept.current(id);
      },
      (error: unknown) => change({ key: next, part: { state: "failed", error } }),
    );
  }, [next, patient]);

  const add = useCallback((files: Iterable<File>) => {
    const fresh = [...files].map((file): Item => {
      const key = newKey();
      held.current.set(key, { file, stop: new AbortController() });
      return asked({ key, name: file.name, bytes: file.size, type: file.type, state: "waiting", share: 0 }, most);
    });
    change({ add: fresh });
  }, [most]);
  const retry = useCallback((key: string) => change({ key, part: { state: "waiting", share: 0 } }), []);
  const drop = useCallback((key: string) => {
    held.current.get(key)?.stop.abort();
    held.current.delete(key);
    change({ drop: key });
  }, []);
  return { items, most, add, retry, drop };
}
