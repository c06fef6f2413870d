/** What was recorded of a case's room, and what was written meanwhile. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import { http } from "../../lib/http";
import { POLLED } from "../../lib/polled";

export type Recorded = Schemas["RecordingLine"];

const BASE = "/api/consultations/{consultation}";

export function useRecordings(id: string): UseQueryResult<Recorded[]> {
  return useQuery({
    queryKey: ["recordings", id],
    queryFn: async ({ signal }) => (await api.get(`${BASE}/recordings`, { path: { consultation: id }, signal })).items,
    ...POLLED,
  });
}

/** The consent to it is taken back: nobody plays it any more. */
export function useWithdraw(id: string, recording: string): UseMutationResult<unknown, Error, void> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(`${BASE}/recordings/{recording}/withdraw`, { path: { consultation: id, recording } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["recordings", id] }),
  });
}

/** Where one object of a recording plays. */
export const place = (id: string, recording: string, nth: number): string =>
  `/api/consultations/${encodeURIComponent(id)}/recordings/${encodeURIComponent(recording)}/${nth}`;

/** What lies under a name beside the films: never asked for where there is nothing. */
export function useBeside<T>(id: string, one: Recorded, name: string): UseQueryResult<T[]> {
  const nth = one.beside[name];
  return useQuery({
    queryKey: ["recordings", id, one.id, name],
    enabled: nth !== undefined,
    staleTime: Infinity,
    queryFn: ({ signal }) => http.get<T[]>(place(id, one.id, nth ?? 0), { signal }),
  });
}

/** What both sides wrote meanwhile; nothing, for who does not read that. */
export function useWritten(id: string, may: boolean): Schemas["Message"][] {
  const { data } = useQuery({
    queryKey: ["recordings", id, "chat"],
    enabled: may,
    queryFn: async ({ signal }) => {
      const written: Schemas["Message"][] = [];
      for (let after = ""; ;) {
        const { items, next } = await api.get(`${BASE}/chat`, { path: { consultation: id }, query: { after }, signal });
        written.push(...items);
        if (!next) return written;
        after = next;
      }
    },
  });
  return data ?? [];
}
