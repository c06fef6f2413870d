/** What closed consultations lack. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import { date } from "../../lib/format";

export const SPANS = [7, 30, 91] as const;
export type Days = (typeof SPANS)[number];

/** Of so many days, today the last of them. */
export function useArchive(days: Days, today: Date): UseQueryResult<Schemas["Archive"]> {
  const from = date(new Date(today.getFullYear(), today.getMonth(), today.getDate() - days + 1));
  const to = date(today);
  return useQuery({
    queryKey: ["archive", from, to],
    queryFn: ({ signal }) => api.get("/api/archive", { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
  });
}
