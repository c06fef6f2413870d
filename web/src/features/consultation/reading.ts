/** The marks of a case's pictures, kept by the server and shared with the other invited experts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { api } from "../../lib/api";
import { done, type Deed, type Mark } from "../../parts/viewer/marks";
import { markOf } from "../../parts/viewer/record";
import type { Kept } from "../../parts/viewer/useMarks";
import { CASES } from "./api";

const EMPTY: Mark[] = [];

export function useReading(id: string): Kept {
  const client = useQueryClient();
  const key = useMemo(() => [...CASES, id, "marks"], [id]);
  const [error, setError] = useState<unknown>(null);
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const { items, writable } = await api.get("/api/reading/{reading}/marks", { path: { reading: id }, signal });
      return { marks: items.map(markOf), writable };
    },
  });
  // One after another: a mark that is set and taken back at once must not be set last
  const queue = useRef<Promise<void>>(Promise.resolve());
  const [waiting, setWaiting] = useState<Deed[]>([]);
  const keep = async (deed: Deed): Promise<void> => {
    try {
      await sent(id, deed);
      await client.cancelQueries({ queryKey: key }); // an answer from before this deed would take it back
      client.setQueryData<typeof query.data>(key, (known) => known && { ...known, marks: done(known.marks, deed) });
      setError(null);
    } catch (problem) {
      setError(problem);
    }
    setWaiting((all) => all.filter((one) => one !== deed));
    void client.invalidateQueries({ queryKey: key });
  };
  const kept = query.data?.marks ?? EMPTY;
  const marks = useMemo(() => waiting.reduce(done, kept), [waiting, kept]);
  return {
    marks,
    writable: query.data?.writable ?? false,
    error: error ?? query.error,
    do: (deed) => {
      setWaiting((all) => [...all, deed]);
      queue.current = queue.current.then(() => keep(deed));
    },
  };
}

async function sent(reading: string, { before, after }: Deed): Promise<void> {
  const mark = after ?? before;
  if (!mark) return;
  const path = { reading, mark: mark.id };
  const { kind, study, series, instance, frame, points, measured } = mark;
  if (after) await api.put("/api/reading/{reading}/marks/{mark}", { path, body: { kind, study, series, instance, frame, points, measured } });
  else await api.delete("/api/reading/{reading}/marks/{mark}", { path });
}
