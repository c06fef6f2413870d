/** Consultations, their opinions, and what a request needs: departments, consent text, free slots. */
import {
  useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult,
} from "@tanstack/react-query";
import { http } from "../../lib/http";
import type { Named } from "../../lib/me";
import { asProblem } from "../../lib/problem";
import type { Identity } from "../../ui/IdentityCheck";
import type { Act, Case, Line, Opinion, OpinionVersion, Slot } from "./model";

interface Page<T> {
  items: T[];
  next?: string | null;
}

/** Should a live message be lost, a page is never older than this. */
const POLL_MS = 15_000;

const path = (id: string): string => `/api/consultations/${encodeURIComponent(id)}`;

export const CASES = ["cases"] as const;

/** One's own cases, and what waits in the queues of the departments given; each once. */
export function useCases(departments: string[] = []): UseQueryResult<Line[]> {
  const queries = ["", ...departments.map((id) => `?${new URLSearchParams({ department: id }).toString()}`)];
  return useQuery({
    queryKey: [...CASES, "list", ...departments],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        queries.map((query) => http.get<Page<Line>>(`/api/consultations${query}`, { signal })),
      );
      return [...new Map(pages.flatMap(({ items }) => items).map((one) => [one.id, one])).values()];
    },
    refetchInterval: POLL_MS,
  });
}

export function useCase(id: string): UseQueryResult<Case> {
  return useQuery({
    queryKey: [...CASES, id],
    queryFn: ({ signal }) => http.get<Case>(path(id), { signal }),
    refetchInterval: POLL_MS,
  });
}

export interface ActCall {
  act: Act;
  body?: Record<string, unknown>;
}

export function useAct(id: string): UseMutationResult<Case, Error, ActCall> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, body }: ActCall) => http.post<Case>(`${path(id)}/${act}`, body),
    // Whatever came of it, what others did meanwhile is of interest too
    onSettled: () => client.invalidateQueries({ queryKey: CASES }),
    onSuccess: (answer) => {
      if (answer && "acts" in answer) client.setQueryData([...CASES, id], answer);
    },
  });
}

export interface Opinions {
  /** Signed versions. */
  items: OpinionVersion[];
  /** What its writer has kept so far; nobody else sees it. */
  draft?: Opinion | null;
}

export function useOpinions(id: string, enabled = true): UseQueryResult<Opinions> {
  return useQuery({
    queryKey: [...CASES, id, "opinion"],
    enabled,
    queryFn: ({ signal }) => http.get<Opinions>(`${path(id)}/opinion`, { signal }),
  });
}

export const saveDraft = (id: string, opinion: Opinion): Promise<void> => http.put(`${path(id)}/opinion`, opinion);

export function useSign(id: string): UseMutationResult<unknown, Error, Identity> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (patient: Identity) => http.post(`${path(id)}/opinion/sign`, { patient }),
    onSuccess: () => client.invalidateQueries({ queryKey: CASES }),
  });
}

export interface Department extends Named {
  institution?: Named;
}

export function useDepartments(enabled = true): UseQueryResult<Department[]> {
  return useQuery({
    queryKey: ["departments"],
    enabled,
    queryFn: async ({ signal }) => (await http.get<Page<Department>>("/api/departments", { signal })).items,
    staleTime: 300_000,
  });
}

export interface ConsentText {
  version: string;
  /** Plain lines; `# ` begins the title and `- ` an item. */
  text: Partial<Record<"zh" | "en", string>>;
}

export function useConsentText(): UseQueryResult<ConsentText> {
  return useQuery({
    queryKey: ["consent-text"],
    queryFn: ({ signal }) => http.get<ConsentText>("/api/consent-texts/current", { signal }),
    staleTime: 300_000,
  });
}

/** Free slots of a department from a day ahead on; null where there is no calendar to book in. */
export function useSlots(department: string): UseQueryResult<Slot[] | null> {
  return useQuery({
    queryKey: ["slots", department],
    enabled: department !== "",
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() + 24 * 3600_000).toISOString();
      const query = new URLSearchParams({ department, from });
      try {
        return (await http.get<Page<Slot>>(`/api/calendar/slots?${query.toString()}`, { signal })).items;
      } catch (error) {
        if (asProblem(error).status === 404) return null;
        throw error;
      }
    },
  });
}

export interface Ask {
  body: Record<string, unknown>;
  /** The same for every attempt at one request. */
  key: string;
}

export function useRequest(): UseMutationResult<{ id: string }, Error, Ask> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: Ask) =>
      http.post<{ id: string }>("/api/consultations", body, { headers: { "Idempotency-Key": key } }),
    onSuccess: () => client.invalidateQueries({ queryKey: CASES }),
  });
}
