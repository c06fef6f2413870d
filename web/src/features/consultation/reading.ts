/** The marks of a case's pictures, kept by the server and shared with the other invited experts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../lib/api";
import { done, type Deed, type Mark } from "../../parts/viewer/marks";
import { markOf } from "../../parts/viewer/record";
import type { Kept } from "../../parts/viewer/useMarks";
import { CASES } from "./api";

const EMPTY: Mark[] = [];

export function useReading(id: string): Kept {
  const client = useQueryClient();
  const key = [...CASES, id, "marks"];
  const [error, setError] = useState<unknown>(null);
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const { items, writable } = await api.get("/api/reading/{reading}/marks", { path: { reading: id }, signal });
      return { marks: items.map(markOf), writable };
    },
  });
  const keep = async ({ before, after }: Deed): Promise<void> => {
    const mark = after ?? before;
    if (!mark) return;
    const path = { reading: id, mark: mark.id };
    const { kind, study, series, instance, frame, points, measured } = mark;
    if (after) await api.put("/api/reading/{reading}/marks/{mark}", { path, body: { kind, study, series, instance, frame, points, measured } });
    else await api.delete("/api/reading/{reading}/marks/{mark}", { path });
  };
  return {
    marks: query.data?.marks ?? EMPTY,
    writable: query.data?.writable ?? false,
    error: error ?? query.error,
    do: (deed) => {
      client.setQueryData<typeof query.data>(key, (known) => known && { ...known, marks: done(known.marks, deed) });
      keep(deed).then(
        () => setError(null),
        (problem: unknown) => {
          setError(problem);
          void client.invalidateQueries({ queryKey: key });
        },
      );
    },
  };
}
