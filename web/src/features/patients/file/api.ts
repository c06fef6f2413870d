/** A patient's file: one request a card, so that one that fails leaves the rest. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type InfiniteData, type UseInfiniteQueryResult, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, type Schemas } from "../../../lib/api";
import { POLL_MS } from "../../../lib/polled";
import { isRefused } from "../../../lib/problem";
import { useLive } from "../../../lib/useLive";

/** What a card shows at first, and a page of everything. */
export const FIRST = 8;
const PAGE = 40;
const MOST = 300;

const KEPT = {
  staleTime: 30_000,
  refetchOnWindowFocus: ({ state }: { state: { error: Error | null } }) => !isRefused(state.error),
};

export type Label = Schemas["Label"];

const key = (id: string, part: string): string[] => ["patient", id, "file", part];

export function useTimeline(id: string): UseQueryResult<Schemas["Timeline"]> {
  return useQuery({ ...KEPT, queryKey: key(id, "timeline"), queryFn: ({ signal }) => api.get("/api/patients/{patient}/timeline", { path: { patient: id }, signal }) });
}

export function useResults(id: string): UseQueryResult<Schemas["Results"]> {
  return useQuery({
    ...KEPT, queryKey: key(id, "results"),
    queryFn: ({ signal }) => api.get("/api/patients/{patient}/results", { path: { patient: id }, query: { count: FIRST }, signal }),
  });
}

export function useAllResults(id: string): UseInfiniteQueryResult<InfiniteData<Schemas["Results"]>> {
  return useInfiniteQuery({
    ...KEPT, queryKey: key(id, "all-results"), initialPageParam: "", getNextPageParam: ({ next }: Schemas["Results"]) => next,
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/patients/{patient}/results", { path: { patient: id }, query: { count: PAGE, after: pageParam }, signal }),
  });
}

export function useDocuments(id: string, all = false): UseQueryResult<Schemas["Documents"]> {
  return useQuery<Schemas["Documents"]>({
    ...KEPT, queryKey: key(id, all ? "all-documents" : "documents"),
    // What arrives is told by `useFollow`; should that be lost, it is not waited for in vain
    refetchInterval: ({ state }) => (state.data && state.data.arriving.length > 0 && !isRefused(state.error) ? POLL_MS : false),
    queryFn: ({ signal }) =>
      api.get("/api/patients/{patient}/documents", { path: { patient: id }, query: { count: all ? MOST : FIRST }, signal }),
  });
}

const keep = (state: unknown): unknown => state;
const DOCUMENTS = ["documents", "all-documents"];

/** Follows a patient's file: when something comes, or is on its way, images and documents are asked for anew. */
export function useFollow(id: string): void {
  const { seq } = useLive<unknown>(`patient/${id}`, keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) for (const part of DOCUMENTS) void client.invalidateQueries({ queryKey: key(id, part), predicate: ({ state }) => !isRefused(state.error) });
  }, [seq, id, client]);
}

export function useMedicines(id: string): UseQueryResult<Schemas["Medicines"]> {
  return useQuery({ ...KEPT, queryKey: key(id, "medicines"), queryFn: ({ signal }) => api.get("/api/patients/{patient}/medicines", { path: { patient: id }, signal }) });
}

export function useAllergies(id: string): UseQueryResult<Schemas["Allergies"]> {
  return useQuery({ ...KEPT, queryKey: key(id, "allergies"), queryFn: ({ signal }) => api.get("/api/patients/{patient}/allergies", { path: { patient: id }, signal }) });
}

export function useDiagnoses(id: string): UseQueryResult<Schemas["Diagnoses"]> {
  return useQuery({ ...KEPT, queryKey: key(id, "diagnoses"), queryFn: ({ signal }) => api.get("/api/patients/{patient}/diagnoses", { path: { patient: id }, signal }) });
}

export function useSight(id: string): UseQueryResult<Schemas["Sight"]> {
  return useQuery({ ...KEPT, queryKey: key(id, "sight"), queryFn: ({ signal }) => api.get("/api/patients/{patient}/sight", { path: { patient: id }, signal }) });
}

export function useLookers(id: string): UseInfiniteQueryResult<InfiniteData<Schemas["Lookers"]>> {
  return useInfiniteQuery({
    ...KEPT, queryKey: key(id, "lookers"), initialPageParam: "", getNextPageParam: ({ next }: Schemas["Lookers"]) => next,
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/patients/{patient}/lookers", { path: { patient: id }, query: pageParam ? { before: pageParam, count: PAGE } : { count: PAGE }, signal }),
  });
}

/** Everything of the file is asked for anew: what was labelled is gone from each list, or back in it. */
function useChange<V>(id: string, send: (said: V) => Promise<unknown>): UseMutationResult<unknown, Error, V> {
  const client = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: () => client.invalidateQueries({ queryKey: ["patient", id, "file"] }) });
}

export function useLabel(id: string): UseMutationResult<unknown, Error, Schemas["Labelling"]> {
  return useChange(id, (body) => api.post("/api/patients/{patient}/labels", { path: { patient: id }, body }));
}

export function useTakeBack(id: string): UseMutationResult<unknown, Error, Schemas["TakingBack"]> {
  return useChange(id, (body) => api.post("/api/patients/{patient}/labels/take-back", { path: { patient: id }, body }));
}

/** The text as it was shown to whoever gave consent to it. */
export function useShownText(version: string): UseQueryResult<Schemas["ConsentText"]> {
  return useQuery({
    queryKey: ["consent-text", version], staleTime: Infinity,
    queryFn: ({ signal }) => api.get("/api/consent-texts/{version}", { path: { version }, signal }),
  });
}

export const thumbnail = (study: string): string => `/dicom-web/studies/${study}/thumbnail`;
