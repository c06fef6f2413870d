/** The marks of a reader: where they are kept is the page's business, what may be undone is known here. */
import { useEffect, useMemo, useRef, useState } from "react";
import { done, undone, type Deed, type Mark } from "./marks";

/** Where marks are kept. Without one they last as long as the page. */
export interface Kept {
  marks: Mark[];
  /** Whether this reader may add to them. */
  writable: boolean;
  /** Shows at once what was done, and keeps it. */
  do(deed: Deed): void;
  /** What could not be kept; null while all is well. */
  error: unknown;
}

export interface Marks extends Kept {
  /** Undoes the last deed of this reader; undefined when there is none. */
  undo: (() => void) | undefined;
}

export function useMarks(kept: Kept | undefined): Marks {
  const own = useOwn();
  const { marks, writable, error, do: keep } = kept ?? own;
  const [deeds, setDeeds] = useState<Deed[]>([]);
  const latest = useRef(keep);
  useEffect(() => {
    latest.current = keep;
  });
  return useMemo(() => {
    const last = deeds.at(-1);
    return {
      marks,
      writable,
      error,
      do: (deed) => {
        setDeeds((all) => [...all, deed]);
        latest.current(deed);
      },
      undo: last && (() => {
        setDeeds((all) => all.slice(0, -1));
        latest.current(undone(last));
      }),
    };
  }, [marks, writable, error, deeds]);
}

function useOwn(): Kept {
  const [marks, setMarks] = useState<Mark[]>([]);
  return { marks, writable: true, error: null, do: (deed) => setMarks((all) => done(all, deed)) };
}
