/** What rings now, whom to ring by hand, and who has an alarm in hand. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { useLive } from "../../lib/useLive";
import type { Critical, Line, Somebody } from "./model";

const RINGS = ["rings"] as const;
const CRITICALS = ["criticals"] as const;

const keep = (state: unknown): unknown => state;

/** What rings, asked for anew whenever one's own channel says something. */
export function useRings(): UseQueryResult<Line[]> {
  const client = useQueryClient();
  const { seq } = useLive<unknown>("me", keep);
  useEffect(() => {
    if (seq > 0) for (const queryKey of [RINGS, CRITICALS]) void client.invalidateQueries({ queryKey });
  }, [seq, client]);
  return useQuery({
    queryKey: RINGS,
    queryFn: async ({ signal }) => (await api.get("/api/rings", { signal })).items,
    ...POLLED,
  });
}

/** Critical findings that nobody read back in time; asked for anew whenever the rings are. */
export function useCriticals(): UseQueryResult<Critical[]> {
  return useQuery({
    queryKey: CRITICALS,
    queryFn: async ({ signal }) => (await api.get("/api/criticals", { signal })).items,
    ...POLLED,
  });
}

export function useTakeCritical(consultation: string): UseMutationResult<unknown, Error, void> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post("/api/criticals/{consultation}/take", { path: { consultation } }),
    onSettled: () => client.invalidateQueries({ queryKey: CRITICALS }),
  });
}

export function usePeople(ring: string): UseQueryResult<Somebody[]> {
  return useQuery({
    queryKey: [...RINGS, ring, "people"],
    queryFn: async ({ signal }) => (await api.get("/api/rings/{ring}/people", { path: { ring }, signal })).items,
    ...POLLED,
  });
}

export function useTake(ring: string): UseMutationResult<Line, Error, void> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post("/api/rings/{ring}/take", { path: { ring } }),
    // Whatever came of it, another dispatcher may have been quicker
    onSettled: () => client.invalidateQueries({ queryKey: RINGS }),
  });
}

export function useCall(ring: string): UseMutationResult<Line, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (person: string) => api.post("/api/rings/{ring}/call", { path: { ring }, body: { person } }),
    onSettled: () => client.invalidateQueries({ queryKey: RINGS }),
  });
}
