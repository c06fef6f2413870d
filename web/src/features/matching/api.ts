/** Pairs of patients that may be one person. Each reading is a line in both patients' trails, so nothing is asked for by itself. */
import {
  useInfiniteQuery, useMutation, useQuery, useQueryClient,
  type InfiniteData, type UseInfiniteQueryResult, type UseMutationResult, type UseQueryResult,
} from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import type { Act, Pair, Shelf, Side } from "./model";

const PAIRS = ["matching"] as const;

export function usePairs(shelf: Shelf): UseInfiniteQueryResult<InfiniteData<Schemas["Pairs"]>> {
  return useInfiniteQuery({
    queryKey: [...PAIRS, shelf],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => api.get("/api/matching/pairs", { query: { shelf, after: pageParam }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Infinity,
  });
}

export function useHouses(): UseQueryResult<Schemas["House"][]> {
  return useQuery({
    queryKey: ["administration", "institutions"],
    queryFn: async ({ signal }) => (await api.get("/api/institutions", { signal })).items,
    staleTime: 300_000,
  });
}

export interface Word {
  act: Act;
  reason: string;
  survivor?: string;
}

/** What somebody says of a pair. */
export function useWord(id: string): UseMutationResult<Pair, Error, Word> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, reason, survivor }: Word) => {
      const path = { id };
      if (act === "same") return api.post("/api/matching/pairs/{id}/same", { path, body: { reason, survivor: survivor ?? "" } });
      return api.post(`/api/matching/pairs/{id}/${act}`, { path, body: { reason } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: PAIRS }),
  });
}

/** Both patients whole, for a reason. */
export function useReveal(id: string): UseMutationResult<Side[], Error, string> {
  return useMutation({
    mutationFn: async (reason: string) => (await api.post("/api/matching/pairs/{id}/reveal", { path: { id }, body: { reason } })).items,
  });
}
