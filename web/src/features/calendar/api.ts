/** Weeks, slots and bookings; whatever is told on /live, what is shown is asked for anew. */
import { useMutation, useQuery, useQueryClient, type QueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import { useLive } from "../../lib/useLive";
import { measure } from "./measure";
import {
  midnight, type Booking, type Department, type Entry, type Item, type Person, type Roster, type Shift, type Slot, type SwapAct, type Week,
} from "./model";

const CALENDAR = ["calendar"] as const;
/** As far as a swap is asked ahead. */
const WEEKS_AHEAD = 6;

const anew = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: CALENDAR, predicate: ({ state }) => !isRefused(state.error) });

/** A department's experts, or oneself, from a Monday's midnight on. */
export function useWeek(department: string | undefined, from: Date, to: Date): UseQueryResult<Week> {
  const query = { department, from: from.toISOString(), to: to.toISOString() };
  return useQuery({
    queryKey: [...CALENDAR, "week", query],
    queryFn: ({ signal }) => api.get("/api/calendar/week", { query, signal }),
    ...POLLED,
  });
}

/** What of a department's experts, or of a resource, can be booked, or could have been, in the days that come. */
export function useSlots(department: string, from: Date, to: Date, resource?: string): UseQueryResult<Slot[]> {
  const query = { ...(resource ? { expert: resource } : { department }), from: from.toISOString(), to: to.toISOString() };
  return useQuery({
    queryKey: [...CALENDAR, "slots", query],
    enabled: department !== "" || resource !== undefined,
    queryFn: async ({ signal }) => {
      const found: Slot[] = [];
      for (let after: string | null | undefined = ""; after !== null && after !== undefined;) {
        const page: Schemas["Slots"] = await api.get("/api/calendar/slots", { query: { ...query, after }, signal });
        found.push(...page.items);
        after = page.next;
      }
      return found;
    },
    ...POLLED,
  });
}

/** What is booked with oneself, by oneself or for one's house. */
export function useBookings(): UseQueryResult<Booking[]> {
  return useQuery({
    queryKey: [...CALENDAR, "bookings"],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/bookings", { signal })).items,
    ...POLLED,
  });
}

/** What is booked for one thing (`consultation/ID`); null when nothing is, or not for this reader. */
export function useBooking(source: string): UseQueryResult<Booking | null> {
  return useQuery({
    queryKey: [...CALENDAR, "booking", source],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/bookings", { query: { source }, signal })).items[0] ?? null,
    ...POLLED,
  });
}

/** The experts of a department. */
export function useExperts(department: string): UseQueryResult<Person[]> {
  return useQuery({
    queryKey: ["experts", department],
    queryFn: async ({ signal }) => (await api.get("/api/experts", { signal })).items.filter((one) => one.departments.some(({ id }) => id === department)),
  });
}

/** Enters something in the calendar. */
export function useEnter(): UseMutationResult<unknown, Error, Entry[]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (entries: Entry[]) => {
      for (const { what, person, department, start, end, circle, kind, cover } of entries) {
        const span = { start: start.toISOString(), end: end.toISOString() };
        if (what === "shift") await api.post("/api/calendar/shifts", { body: { person, department, circle, ...span } });
        else if (what === "absence") await api.post("/api/calendar/absences", { body: { person, kind, cover, ...span } });
        else await api.post("/api/calendar/slots", { body: { expert: person, ...span } });
      }
    },
    onSettled: () => anew(client),
  });
}

/** Takes something back out of it. */
export function useTakeBack(): UseMutationResult<unknown, Error, Pick<Item, "what" | "id">> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ what, id }: Pick<Item, "what" | "id">) => {
      if (what === "shift") return api.delete("/api/calendar/shifts/{id}", { path: { id } });
      if (what === "absence") return api.delete("/api/calendar/absences/{id}", { path: { id } });
      return api.delete("/api/calendar/slots/{id}", { path: { id } });
    },
    onSettled: () => anew(client),
  });
}

/** Measures this page's link to the centre and keeps it with the booking. */
export function useCheckLink(booking: string): UseMutationResult<Booking, Error> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => api.post("/api/calendar/bookings/{id}/link", { path: { id: booking }, body: await measure() }),
    onSettled: () => anew(client),
  });
}

const keep = (state: unknown): unknown => state;

/** Follows a channel: whatever it says, the calendar is asked for anew. */
export function useFollow(channel: string): void {
  const { seq } = useLive<unknown>(channel, keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void anew(client);
  }, [seq, client]);
}

/** The departments of a house, those that have experts first. */
export function useDepartments(house: string, enabled: boolean): UseQueryResult<Department[]> {
  return useQuery({
    queryKey: ["departments", "staffed", house],
    enabled,
    queryFn: async ({ signal }) => {
      const [departments, experts] = await Promise.all([api.get("/api/departments", { signal }), api.get("/api/experts", { signal })]);
      const staffed = new Set(experts.items.flatMap((one) => one.departments.map(({ id }) => id)));
      const theirs = departments.items.filter(({ institution }) => institution.id === house);
      return [...theirs.filter(({ id }) => staffed.has(id)), ...theirs.filter(({ id }) => !staffed.has(id))];
    },
    staleTime: 300_000,
  });
}

/** The house of a department, whose calendar its hours stand in; undefined while it is not known. */
export function useHouseOf(department: string): string | undefined {
  const { data } = useQuery({
    queryKey: ["departments"],
    enabled: department !== "",
    queryFn: async ({ signal }) => (await api.get("/api/departments", { signal })).items,
    staleTime: 300_000,
  });
  return data?.find(({ id }) => id === department)?.institution.id;
}

function useChange<Body, Answer = unknown>(change: (body: Body) => Promise<Answer>): UseMutationResult<Answer, Error, Body> {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => anew(client) });
}

/** The rosters of a department, the newest first. */
export function useRosters(department: string): UseQueryResult<Roster[]> {
  return useQuery({
    queryKey: [...CALENDAR, "rosters", department],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/rosters", { query: { department }, signal })).items,
  });
}

interface Told {
  department: string;
  /** The id of the one that is to go on by this pattern; undefined for a new one. */
  roster: string | undefined;
  pattern: Schemas["NewPattern"];
}

export const useMakeRoster = (): UseMutationResult<Schemas["MadeRoster"], Error, Told> =>
  useChange(({ department, roster, pattern }: Told) =>
    roster ? api.put("/api/calendar/rosters/{id}", { path: { id: roster }, body: pattern }) : api.post("/api/calendar/rosters", { body: { ...pattern, department } }));

export const useEndRoster = (): UseMutationResult<Schemas["Dropped"], Error, string> =>
  useChange((id: string) => api.delete("/api/calendar/rosters/{id}", { path: { id } }));

/** Who is on duty for a department in the weeks that come. */
export function useShifts(department: string, from: Date): UseQueryResult<Shift[]> {
  const query = { department, from: from.toISOString(), to: midnight(from, WEEKS_AHEAD * 7).toISOString() };
  return useQuery({
    queryKey: [...CALENDAR, "shifts", query],
    enabled: department !== "",
    queryFn: async ({ signal }) => (await api.get("/api/calendar/shifts", { query, signal })).items,
  });
}

/** What is asked in a department, or of and by oneself. */
export function useSwaps(department: string | undefined): UseQueryResult<Schemas["SwapLine"][]> {
  return useQuery({
    queryKey: [...CALENDAR, "swaps", department],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/swaps", { query: department ? { department } : {}, signal })).items,
    ...POLLED,
  });
}

export const useAskSwap = (): UseMutationResult<unknown, Error, Schemas["NewSwap"]> =>
  useChange((body: Schemas["NewSwap"]) => api.post("/api/calendar/swaps", { body }));

export const useDecideSwap = (): UseMutationResult<unknown, Error, { id: string; act: SwapAct }> =>
  useChange(({ id, act }: { id: string; act: SwapAct }) => api.post("/api/calendar/swaps/{id}/{act}", { path: { id, act } }));

export const useAddResource = (): UseMutationResult<unknown, Error, Schemas["NewResource"]> =>
  useChange((body: Schemas["NewResource"]) => api.post("/api/calendar/resources", { body }));

export function useResources(): UseQueryResult<Schemas["ResourceLine"][]> {
  return useQuery({
    queryKey: [...CALENDAR, "resources"],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/resources", { signal })).items,
  });
}

/** What oneself or one's house waits for. */
export function useWaiting(): UseQueryResult<Schemas["WaitingLine"][]> {
  return useQuery({
    queryKey: [...CALENDAR, "waiting"],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/waiting", { signal })).items,
    ...POLLED,
  });
}

export const useWait = (): UseMutationResult<unknown, Error, Schemas["NewWaiting"]> =>
  useChange((body: Schemas["NewWaiting"]) => api.post("/api/calendar/waiting", { body }));
export const useLeave = (): UseMutationResult<unknown, Error, string> =>
  useChange((id: string) => api.delete("/api/calendar/waiting/{id}", { path: { id } }));
export const usePass = (): UseMutationResult<unknown, Error, string> =>
  useChange((id: string) => api.post("/api/calendar/waiting/{id}/pass", { path: { id } }));

/** When one's secret address was made; null without one. */
export function useFeed(): UseQueryResult<string | null> {
  return useQuery({
    queryKey: [...CALENDAR, "feed"],
    queryFn: async ({ signal }) => (await api.get("/api/calendar/feed", { signal })).made,
  });
}

export function useMakeFeed(): UseMutationResult<Schemas["MadeFeed"], Error> {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api.post("/api/calendar/feed", {}), onSettled: () => anew(client) });
}

export function useEndFeed(): UseMutationResult<unknown, Error> {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => api.delete("/api/calendar/feed", {}), onSettled: () => anew(client) });
}
