/** What is done in need: opening a record without a relation, who did, and what quality says of it. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";

export type Review = Schemas["ReviewView"];
export type Glass = Schemas["Glass"];
export type Broken = Schemas["Broken"];

const REVIEWS = ["reviews"] as const;
const GLASSES = ["glasses"] as const;

export function useReviews(shelf: Review["state"]): UseQueryResult<Review[]> {
  return useQuery({
    queryKey: [...REVIEWS, shelf],
    queryFn: async ({ signal }) => (await api.get("/api/reviews", { query: { shelf }, signal })).items,
  });
}

export interface Decision {
  id: string;
  verdict: Schemas["Decision"]["verdict"];
  words: string;
}

export function useDecide(): UseMutationResult<Review, Error, Decision> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: Decision) => api.post("/api/reviews/{review}/decide", { path: { review: id }, body }),
    onSettled: () => client.invalidateQueries({ queryKey: REVIEWS }),
  });
}

/** A patient's own, or those that one has broken, and for how many hours one stays open. */
export function useGlasses(): UseQueryResult<Schemas["Glasses"]> {
  return useQuery({ queryKey: GLASSES, queryFn: ({ signal }) => api.get("/api/break-glass", { signal }) });
}

/** A record that was opened in need is closed before its time. */
export function useEndGlass(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (review: string) => api.post("/api/reviews/{review}/end", { path: { review } }),
    onSettled: () => Promise.all([REVIEWS, GLASSES].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export function useBreak(): UseMutationResult<Broken, Error, Schemas["Break"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["Break"]) => api.post("/api/break-glass", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: GLASSES }),
  });
}
