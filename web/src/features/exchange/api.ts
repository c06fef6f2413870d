/** The interfaces: systems, messages, what is sent, tables of codes. Whatever changes, all of it is asked anew. */
import {
  useInfiniteQuery, useMutation, useQuery, useQueryClient,
  type InfiniteData, type QueryClient, type UseInfiniteQueryResult, type UseMutationResult, type UseQueryResult,
} from "@tanstack/react-query";
import { useCallback } from "react";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import type { Edit, Message, MessageState, Outgoing, OutgoingState, Peer } from "./model";

export const EXCHANGE = ["exchange"] as const;

/** Asks anew for all that is on the page but what was refused. */
export const exchangeAnew = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: EXCHANGE, predicate: ({ state }) => !isRefused(state.error) }, { cancelRefetch: false });

export function usePeers(): UseQueryResult<Schemas["Peers"]> {
  return useQuery({ queryKey: [...EXCHANGE, "peers"], queryFn: ({ signal }) => api.get("/api/exchange/peers", { signal }), ...POLLED });
}

export function useHouses(): UseQueryResult<Schemas["House"][]> {
  return useQuery({
    queryKey: ["administration", "institutions"],
    queryFn: async ({ signal }) => (await api.get("/api/institutions", { signal })).items,
    staleTime: 300_000,
  });
}

/** The name of a house, once they are known. */
export function useHouseName(): (id: string) => string {
  const { data } = useHouses();
  return useCallback((id: string) => data?.find((one) => one.id === id)?.name ?? "", [data]);
}

type Pages<Item> = UseInfiniteQueryResult<InfiniteData<{ items: Item[]; next: string | null }>>;

/** `control`: those of this control ID alone; '' for all. */
export function useMessages(state: MessageState | undefined, sender?: string, control = ""): Pages<Message> {
  return useInfiniteQuery({
    queryKey: [...EXCHANGE, "messages", state, sender, control],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => api.get("/api/exchange/messages", { query: { state, sender, before: pageParam, ...(control ? { control } : {}) }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    ...POLLED,
  });
}

export function useOutgoing(state: OutgoingState | undefined, peer?: string): Pages<Outgoing> {
  return useInfiniteQuery({
    queryKey: [...EXCHANGE, "outgoing", state, peer],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => api.get("/api/exchange/outgoing", { query: { state, peer, before: pageParam }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    ...POLLED,
  });
}

/** Read once and not again by itself: each reading of a message is a line in the trail. */
export function useMessage(id: string): UseQueryResult<Schemas["MessageWhole"]> {
  return useQuery({
    queryKey: ["exchange-message", id],
    queryFn: ({ signal }) => api.get("/api/exchange/messages/{id}", { path: { id }, signal }),
    staleTime: Infinity,
  });
}

export function useReplay(id: string): UseMutationResult<Schemas["MessageWhole"], Error, Schemas["Replay"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["Replay"]) => api.post("/api/exchange/messages/{id}/replay", { path: { id }, body }),
    onSuccess: (answer) => client.setQueryData(["exchange-message", id], answer),
    onSettled: () => exchangeAnew(client),
  });
}

export function useGiveUp(id: string): UseMutationResult<Message, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => api.post("/api/exchange/messages/{id}/give-up", { path: { id }, body: { reason } }),
    onSuccess: (message) =>
      client.setQueryData<Schemas["MessageWhole"]>(["exchange-message", id], (before) => before && { ...before, message }),
    onSettled: () => exchangeAnew(client),
  });
}

export function useResend(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post("/api/exchange/outgoing/{id}/resend", { path: { id } }),
    onSettled: () => exchangeAnew(client),
  });
}

/** Tries all that waits of a system again, round by round; tells what became of it. */
export function useTryAgain(id: string): UseMutationResult<{ taken: number; waiting: number }, Error, void> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const sum = { taken: 0, waiting: 0 };
      for (let after: string | null = ""; after !== null; ) {
        const round: Schemas["Tried"] = await api.post("/api/exchange/peers/{id}/replay", { path: { id }, body: { after } });
        sum.taken += round.taken;
        sum.waiting += round.waiting;
        after = round.next;
      }
      return sum;
    },
    onSettled: () => exchangeAnew(client),
  });
}

export function useSwitch(id: string): UseMutationResult<Peer, Error, string | null> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string | null) =>
      reason === null
        ? api.post("/api/exchange/peers/{id}/on", { path: { id } })
        : api.post("/api/exchange/peers/{id}/off", { path: { id }, body: { reason } }),
    onSettled: () => exchangeAnew(client),
  });
}

export function useEdit(id: string): UseMutationResult<Peer, Error, Edit> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Edit) => api.put("/api/exchange/peers/{id}", { path: { id }, body }),
    onSettled: () => exchangeAnew(client),
  });
}

export interface Dialects {
  items: string[];
  tables: string[];
}

export function useDialects(): UseQueryResult<Dialects> {
  return useQuery({
    queryKey: ["exchange-dialects"],
    queryFn: async ({ signal }) => (await api.get("/api/exchange/dialects", { signal })) as unknown as Dialects,
    staleTime: Infinity,
  });
}

export function useCodes(institution: string, name: string, dialect: string): UseQueryResult<Schemas["Row"][]> {
  return useQuery({
    queryKey: ["exchange-codes", institution, name, dialect],
    enabled: institution !== "" && name !== "",
    queryFn: async ({ signal }) => (await api.get("/api/exchange/code-maps", { query: { institution, name, dialect }, signal })).items,
  });
}

export function usePutCode(): UseMutationResult<unknown, Error, Schemas["EditRow"]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["EditRow"]) => api.put("/api/exchange/code-maps", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["exchange-codes"] }),
  });
}

export function useDropCode(): UseMutationResult<unknown, Error, { institution: string; name: string; code: string; sender: string }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (query: { institution: string; name: string; code: string; sender: string }) =>
      api.delete("/api/exchange/code-maps", { query }),
    onSettled: () => client.invalidateQueries({ queryKey: ["exchange-codes"] }),
  });
}
