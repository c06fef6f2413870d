/** Consultations, their opinions, and what a request needs: departments and the consent text. */
import {
  useMutation, useQuery, useQueryClient, type QueryClient, type UseMutationResult, type UseQueryResult,
} from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import type { Identity } from "../../ui/IdentityCheck";
import type { Case, Line, OfferedAct, Opinion, OpinionCall } from "./model";

/** Asks anew for every case on the page but those that were refused. */
export const casesAnew = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: CASES, predicate: ({ state }) => !isRefused(state.error) });

export const CASES = ["cases"] as const;

/** One's own cases, and what waits in the queues of the departments given; each once. */
export function useCases(departments: string[] = []): UseQueryResult<Line[]> {
  const queries = [{}, ...departments.map((department) => ({ department }))];
  return useQuery({
    queryKey: [...CASES, "list", ...departments],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(queries.map((query) => api.get("/api/consultations", { query, signal })));
      return [...new Map(pages.flatMap(({ items }) => items).map((one) => [one.id, one])).values()];
    },
    ...POLLED,
  });
}

export function useCase(id: string): UseQueryResult<Case> {
  return useQuery({
    queryKey: [...CASES, id],
    queryFn: ({ signal }) => api.get("/api/consultations/{consultation}", { path: { consultation: id }, signal }),
    ...POLLED,
  });
}

export interface ActCall {
  act: OfferedAct | "reschedule";
  /** What goes with it: each act wants its own. */
  given?: Schemas["Act"];
}

export function useAct(id: string): UseMutationResult<Case, Error, ActCall> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, given }: ActCall) =>
      api.post("/api/consultations/{consultation}/{act}", { path: { consultation: id, act }, body: given ?? {} }),
    // Whatever came of it, what others did meanwhile is of interest too
    onSettled: () => casesAnew(client),
    onSuccess: (answer) => client.setQueryData([...CASES, id], answer),
  });
}

export function useOpinions(id: string, enabled = true): UseQueryResult<Schemas["Opinions"]> {
  return useQuery({
    queryKey: [...CASES, id, "opinion"],
    enabled,
    queryFn: ({ signal }) => api.get("/api/consultations/{consultation}/opinion", { path: { consultation: id }, signal }),
  });
}

/** The opinions as they are at this moment. */
export const opinionsAnew = (client: QueryClient, id: string): Promise<Schemas["Opinions"]> =>
  client.fetchQuery({
    queryKey: [...CASES, id, "opinion"],
    staleTime: 0,
    queryFn: ({ signal }) => api.get("/api/consultations/{consultation}/opinion", { path: { consultation: id }, signal }),
  });

export function useTemplates(department: string, modality: string): UseQueryResult<Schemas["Template"][]> {
  return useQuery({
    queryKey: ["templates", department, modality],
    queryFn: async ({ signal }) => (await api.get("/api/reading/templates", { query: { department, modality }, signal })).items,
    staleTime: 300_000,
  });
}

/** `version`: the draft that this was typed on. */
export const saveDraft = (id: string, opinion: Opinion & { version: number }): Promise<unknown> =>
  api.put("/api/consultations/{consultation}/opinion", { path: { consultation: id }, body: opinion });

export function useSign(id: string): UseMutationResult<Case, Error, { patient: Identity; version: number; critical: string }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body) => api.post("/api/consultations/{consultation}/opinion/sign", { path: { consultation: id }, body }),
    onSuccess: () => casesAnew(client),
  });
}

/** A call about a critical finding is kept. */
export function useCritical(id: string): UseMutationResult<unknown, Error, Schemas["CriticalCalled"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["CriticalCalled"]) => api.post("/api/consultations/{consultation}/opinion/call", { path: { consultation: id }, body }),
    onSettled: () => casesAnew(client),
  });
}

/** What becomes of a signed opinion; whatever came of it, all its versions are asked for anew. */
export function useOpinionAct(id: string): UseMutationResult<unknown, Error, OpinionCall> {
  const client = useQueryClient();
  const path = { consultation: id };
  return useMutation({
    mutationFn: (call: OpinionCall): Promise<unknown> => {
      switch (call.act) {
        case "add": return api.post("/api/consultations/{consultation}/opinion/addendum", { path, body: { text: call.text } });
        case "amend": return api.post("/api/consultations/{consultation}/opinion/amend", { path, body: { ...call.texts, reason: call.reason } });
        case "withdraw": return api.post("/api/consultations/{consultation}/opinion/withdraw", { path, body: { reason: call.reason } });
        case "cosign": return api.post("/api/consultations/{consultation}/opinion/cosign", { path, body: { seen: call.seen } });
      }
    },
    onSettled: () => casesAnew(client),
  });
}

export function useDepartments(): UseQueryResult<Schemas["DepartmentLine"][]> {
  return useQuery({
    queryKey: ["departments"],
    queryFn: async ({ signal }) => (await api.get("/api/departments", { signal })).items,
    staleTime: 300_000,
  });
}

/** Who can be asked in; only a form that asks in reads them. */
export function useExperts(): UseQueryResult<Schemas["Expert"][]> {
  return useQuery({
    queryKey: ["experts"],
    queryFn: async ({ signal }) => (await api.get("/api/experts", { signal })).items,
    staleTime: 60_000,
  });
}

/** Of its text plain lines are shown; `# ` begins the title and `- ` an item. */
export function useConsentText(): UseQueryResult<Schemas["ConsentText"]> {
  return useQuery({
    queryKey: ["consent-text"],
    queryFn: ({ signal }) => api.get("/api/consent-texts/current", { signal }),
    staleTime: 300_000,
  });
}

/** What a request begins with. What was drafted on another page counts, so nothing old is shown. */
export function usePrepared(patient: string): UseQueryResult<Schemas["Prepared"]> {
  return useQuery({
    queryKey: ["request", patient],
    queryFn: ({ signal }) => api.get("/api/requests/{patient}", { path: { patient }, signal }),
    gcTime: 0,
    staleTime: Infinity,
  });
}

export const saveRequest = (patient: string, draft: Schemas["RequestDraft"]): Promise<unknown> =>
  api.put("/api/requests/{patient}", { path: { patient }, body: draft });

export interface Ask {
  body: Schemas["Ask"];
  /** The same for every attempt at one request. */
  key: string;
}

export function useRequest(): UseMutationResult<Case, Error, Ask> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: Ask) => api.post("/api/consultations", { body, headers: { "Idempotency-Key": key } }),
    onSuccess: () => casesAnew(client),
  });
}
