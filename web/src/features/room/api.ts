/** The live room of a case: who is in it, who waits, and what one does there. */
import { useCallback } from "react";
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import type { Signals } from "../../parts/media/call";
import type { Handed } from "../../parts/media/seal";

export type Room = Schemas["RoomView"];
export type Present = Schemas["Present"];
/** In the room, or broken off a moment ago; not waiting, not only asked in. */
export const isInside = ({ standing }: Present): boolean => standing === "in" || standing === "lost";

/** Who ends a recording, or begins one: its panel is of use to them. */
export const mayRecord = ({ role }: Room): boolean => role === "host" || role === "primary" || role === "patient";

export type Joined = Schemas["Joined"];

const BASE = "/api/consultations/{consultation}/room";
const of = (id: string): { path: { consultation: string } } => ({ path: { consultation: id } });
const key = (id: string): readonly string[] => ["room", id];

const asked = (id: string) => ({ queryKey: key(id), queryFn: ({ signal }: { signal: AbortSignal }): Promise<Room> => api.get(BASE, { ...of(id), signal }) });

/** Who is in the room, for those inside; not asked before one has come. */
export function useRoom(id: string, enabled: boolean): UseQueryResult<Room> {
  return useQuery({ ...asked(id), enabled, ...POLLED });
}

/** The room as it is in this moment, not as it was last heard of. */
export function useRoomNow(id: string): () => Promise<Room> {
  const client = useQueryClient();
  return useCallback(() => client.fetchQuery({ ...asked(id), staleTime: 0 }), [client, id]);
}

export function useRoomAnew(id: string): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ queryKey: key(id) }), [client, id]);
}

export const join = (id: string): Promise<Joined> => api.post(`${BASE}/join`, of(id));

/** A page that is being closed is heard, too. */
export const leave = (id: string, ticket: string): Promise<unknown> => api.post(`${BASE}/leave`, { ...of(id), body: { ticket }, keepalive: true });

export const beat = (id: string, ticket: string, quality: Schemas["Quality"]): Promise<Schemas["Stands"]> =>
  api.post(`${BASE}/beat`, { ...of(id), body: { ticket, quality } });

/** Tells the others how one is. */
export const show = (id: string, ticket: string, signs: Omit<Schemas["Shows"], "ticket">): Promise<unknown> =>
  api.post(`${BASE}/show`, { ...of(id), body: { ticket, ...signs } });

/** The keys of the epoch that goes on, as the page's seals take them. */
export async function keys(id: string, ticket: string): Promise<{ epoch: number; keys: Handed[] }> {
  const { epoch, keys: found } = await api.post(`${BASE}/keys`, { ...of(id), body: { ticket } });
  return { epoch, keys: found.map(({ sender, key: text }) => ({ sender, epoch, key: Uint8Array.from(atob(text), (one) => one.charCodeAt(0)) })) };
}

export function signals(id: string, ticket: string): Signals {
  return {
    publish: async (sdp, labels, anew) => (await api.post(`${BASE}/publish`, { ...of(id), body: { ticket, sdp, labels, anew } })).sdp,
    receive: (how) => api.post(`${BASE}/receive`, { ...of(id), body: { ticket, ...how } }),
    answer: (sdp) => api.post(`${BASE}/answer`, { ...of(id), body: { ticket, sdp } }),
    select: (sizes) => api.post(`${BASE}/select`, { ...of(id), body: { ticket, sizes } }),
  };
}

/** Begins recording, ends it, or withdraws the consent to it. */
export type RecordingAct = Omit<Schemas["RecordingBegins"], "ticket"> | "stop" | { withdraw: string };

export function useRecording(id: string, ticket: string): UseMutationResult<unknown, Error, RecordingAct> {
  const anew = useRoomAnew(id);
  return useMutation({
    mutationFn: (act): Promise<unknown> => {
      if (act === "stop") return api.post(`${BASE}/recording/stop`, { ...of(id), body: { ticket } });
      if ("withdraw" in act) {
        return api.post("/api/consultations/{consultation}/recordings/{recording}/withdraw", { path: { consultation: id, recording: act.withdraw } });
      }
      return api.post(`${BASE}/recording`, { ...of(id), body: { ticket, ...act } });
    },
    onSettled: anew,
  });
}

/** Lets somebody in, or puts them out. */
export function useDoor(id: string): UseMutationResult<unknown, Error, { act: "admit" | "remove"; person: string }> {
  const anew = useRoomAnew(id);
  return useMutation({
    mutationFn: ({ act, person }) => api.post(`${BASE}/${act}`, { ...of(id), body: { person } }),
    onSettled: anew,
  });
}

/** What the host does with whom. */
export function useLead(id: string): UseMutationResult<unknown, Error, Schemas["Leads"]> {
  const anew = useRoomAnew(id);
  return useMutation({ mutationFn: (body) => api.post(`${BASE}/lead`, { ...of(id), body }), onSettled: anew });
}

export type Guest = Schemas["GuestView"];
export type Asked = Required<Schemas["Asked"]>;

/** Opens a guest's link on this device. */
export const enterAsGuest = (token: string): Promise<Guest> => api.post("/auth/guest", { body: { token } });

/** Who is a guest on this device. */
export const guestHere = (): Promise<Guest> => api.get("/api/guest", {});

export function useAskGuest(id: string): UseMutationResult<Schemas["GuestLink"], Error, Asked> {
  const anew = useRoomAnew(id);
  return useMutation({ mutationFn: (body) => api.post(`${BASE}/guests`, { ...of(id), body }), onSettled: anew });
}

export function useAskInterpreter(id: string): UseMutationResult<unknown, Error, string> {
  const anew = useRoomAnew(id);
  return useMutation({ mutationFn: (person) => api.post(`${BASE}/interpreters`, { ...of(id), body: { person } }), onSettled: anew });
}

export const useInterpreters = (): UseQueryResult<Schemas["People"]> =>
  useQuery({ queryKey: ["interpreters"], queryFn: ({ signal }) => api.get("/api/interpreters", { signal }), staleTime: 60_000 });

/** The rooms that one was asked into. */
export const useRooms = (): UseQueryResult<Schemas["Rooms"]> =>
  useQuery({ queryKey: ["rooms"], queryFn: ({ signal }) => api.get("/api/rooms", { signal }), ...POLLED });

export type Cause = Schemas["NoPart"]["cause"];

export const sayFailed = (id: string, cause: Cause): Promise<unknown> => api.post(`${BASE}/failed`, { ...of(id), body: { cause } });
