/** Images that are held in one's own house, and what a clinician makes of them. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import { useLive } from "../../lib/useLive";
import type { Line, Whole } from "./model";

const APART = ["apart"] as const;

export function useApart(): UseQueryResult<Line[]> {
  return useQuery({ queryKey: APART, queryFn: async ({ signal }) => (await api.get("/api/apart", { signal })).items, ...POLLED });
}

/** Read once: each reading is a line in the trail. */
export function useOne(id: string): UseQueryResult<Whole> {
  return useQuery({
    queryKey: ["apart-one", id],
    queryFn: ({ signal }) => api.get("/api/apart/{id}", { path: { id }, signal }),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}

const keep = (state: unknown): unknown => state;

/** Follows the interfaces of one's house: when images come or are settled, the list is asked for anew. */
export function useFollow(house: string): void {
  const { seq } = useLive<unknown>(`exchange/${house}`, keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void client.invalidateQueries({ queryKey: APART, predicate: ({ state }) => !isRefused(state.error) }, { cancelRefetch: false });
  }, [seq, client]);
}

export function useRelease(id: string): UseMutationResult<Schemas["Settled"], Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (patient: string) => api.post("/api/apart/{id}/release", { path: { id }, body: { patient } }),
    onSettled: () => client.invalidateQueries({ queryKey: APART }),
  });
}

export function useDiscard(id: string): UseMutationResult<Schemas["Settled"], Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => api.post("/api/apart/{id}/discard", { path: { id }, body: { reason } }),
    onSettled: () => client.invalidateQueries({ queryKey: APART }),
  });
}
