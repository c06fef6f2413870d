/** Referrals, and what a new one needs: houses, their departments, and what of the record can go with it. */
import { useMutation, useQuery, useQueryClient, type QueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import { useLive } from "../../lib/useLive";
import type { Act, Given, House, Line, Referral } from "./model";

const REFERRALS = ["referrals"] as const;

const anew = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: REFERRALS, predicate: ({ state }) => !isRefused(state.error) });

/** The newest of both directions. */
export function useReferrals(): UseQueryResult<Line[]> {
  return useQuery({
    queryKey: [...REFERRALS, "list"],
    queryFn: async ({ signal }) => (await api.get("/api/referrals", { query: { count: 100 }, signal })).items,
    ...POLLED,
  });
}

export function useReferral(id: string): UseQueryResult<Referral> {
  return useQuery({
    queryKey: [...REFERRALS, id],
    queryFn: ({ signal }) => api.get("/api/referrals/{referral}", { path: { referral: id }, signal }),
    ...POLLED,
  });
}

export function useAct(id: string): UseMutationResult<Referral, Error, { act: Act; given?: Given }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, given }) => api.post("/api/referrals/{referral}/{act}", { path: { referral: id, act }, body: given ?? {} }),
    // Whatever came of it, what others did meanwhile is of interest too
    onSettled: () => anew(client),
    onSuccess: (answer) => client.setQueryData([...REFERRALS, id], answer),
  });
}

/** A new one, or a draft written anew. */
export function useRefer(draft?: string): UseMutationResult<Referral, Error, { body: Schemas["NewReferral"]; key: string }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }) =>
      draft
        ? api.put("/api/referrals/{referral}", { path: { referral: draft }, body })
        : api.post("/api/referrals", { body, headers: { "Idempotency-Key": key } }),
    onSuccess: () => anew(client),
  });
}

const keep = (state: unknown): unknown => state;

/** Whatever one's own channel says, the referrals are asked for anew. */
export function useFollow(): void {
  const { seq } = useLive<unknown>("me", keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void anew(client);
  }, [seq, client]);
}

export function useHouses(): UseQueryResult<House[]> {
  return useQuery({
    queryKey: ["institutions"],
    queryFn: async ({ signal }) => (await api.get("/api/institutions", { signal })).items,
    staleTime: 300_000,
  });
}

export function useDepartments(): UseQueryResult<Schemas["DepartmentLine"][]> {
  return useQuery({
    queryKey: ["departments"],
    queryFn: async ({ signal }) => (await api.get("/api/departments", { signal })).items,
    staleTime: 300_000,
  });
}

/** What of a patient's record can go with a referral: pictures, opinions, documents. */
export function useAttachable(patient: string): UseQueryResult<Schemas["Document"][]> {
  return useQuery({
    queryKey: ["patient", patient, "attachable"],
    queryFn: async ({ signal }) => {
      const found = await api.get("/api/patients/{patient}/documents", { path: { patient }, query: { count: 50 }, signal });
      return [...found.documents, ...found.images];
    },
  });
}
