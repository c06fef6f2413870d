/** Marks as the server tells them: of a reading that goes on, or out of the reports in a study's own record. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, type Schemas } from "../../lib/api";
import { done, type Mark } from "./marks";
import type { Kept } from "./useMarks";

/** A mark without what nobody measured. */
export function markOf(one: Schemas["MarkView"]): Mark {
  const { id, kind, study, series, instance, frame, points, measured, author_name: by, changed: at } = one;
  const said = Object.entries(measured).filter(([name, value]) => value !== null && !(name === "unit" && value === ""));
  return { id, kind, study, series, instance, frame, points: points as Mark["points"], measured: Object.fromEntries(said), ...(by ? { by } : {}), ...(at ? { at } : {}) };
}

const NONE: Mark[] = [];

/** What the record says, and beside it what this reader measures for themselves: that lasts as long as the page. */
export function useRecord(study: string): Kept {
  const [own, setOwn] = useState<Mark[]>([]);
  const query = useQuery({
    queryKey: ["dicom", study, "marks"],
    staleTime: 60_000,
    queryFn: async ({ signal }) => (await api.get("/api/reading/studies/{study}/marks", { path: { study }, signal })).items.map(markOf),
  });
  const recorded = query.data ?? NONE;
  const marks = useMemo(() => [...recorded.filter(({ id }) => !own.some((one) => one.id === id)), ...own], [recorded, own]);
  return {
    marks,
    writable: true,
    error: query.error,
    do: (deed) => setOwn((all) => done(all, deed)),
  };
}
