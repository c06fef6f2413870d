/** Totals of consultations, and the departments to choose from. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import { isRefused } from "../../lib/problem";
import type { Range, Totals } from "./model";

const MINUTE_MS = 60_000;

export function useTotals({ from, to }: Range, department: string): UseQueryResult<Totals> {
  return useQuery({
    queryKey: ["management", from, to, department],
    queryFn: ({ signal }) => api.get("/api/management/consultations", { query: { from, to, department }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isRefused(state.error) ? false : MINUTE_MS),
  });
}

export function useDepartments(): UseQueryResult<Schemas["DepartmentLine"][]> {
  return useQuery({
    queryKey: ["departments"],
    queryFn: async ({ signal }) => (await api.get("/api/departments", { signal })).items,
    staleTime: Infinity,
  });
}
