/** The pictures of a case looked at together: who leads is the server's to say, where they look comes page to page. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../../lib/api";
import { newKey } from "../../lib/ids";
import type { Apply } from "../../lib/live";
import { useMe } from "../../lib/me";
import { useNow } from "../../lib/now";
import { paced } from "../../lib/paced";
import { passing, useLive } from "../../lib/useLive";
import type { Mark } from "../../parts/viewer/marks";
import { readPoint, readStroke, readView, type Pointer, type Together, type View } from "../../parts/viewer/together";
import type { Case } from "./model";

/** What `led/ID` shows. */
interface State {
  leader: { person: string; page: string } | null;
  view: View | null;
  people: { id: string; name: string }[];
  leads: boolean;
}

/** This page among those of its person. */
const PAGE = newKey();
const RELAY_MS = 33;
const KEEP_MS = 1000;
const HERE_MS = 5000;
/** As long as the server waits for a leader's page. */
const SILENT_MS = 15_000;
const POINTER_MS = 4000;
const STROKE_MS = 8000;

/** Each event says what is so now of a part. */
const apply: Apply<State | undefined> = (state, _, data) => state && { ...state, ...(data as Partial<State>) };

export interface Led {
  /** Undefined where nobody may be led: before the case is in an expert's hands, and after its end. */
  together: Together | undefined;
  leader: { id: string; name: string } | undefined;
  /** Whether the reader leads, on this page or on another of theirs. */
  mine: "here" | "elsewhere" | undefined;
  following: boolean;
  /** Nothing was heard of the leader for so long that another may lead. */
  gone: boolean;
  mayLead: boolean;
  /** To whom the lead may be handed. */
  others: { id: string; name: string }[];
  error: unknown;
  lead(): void;
  layDown(): void;
  handOver(person: string): void;
  follow(isFollowing: boolean): void;
}

const NOBODY: State["people"] = [];

export function useLed(one: Case): Led {
  const { id } = one;
  const channel = `led/${id}`;
  const me = useMe().data?.id ?? "";
  const { state } = useLive(channel, apply);
  const leader = state?.leader ?? undefined;
  const mine = leader?.person !== me ? undefined : leader.page === PAGE ? "here" : "elsewhere";
  const people = state?.people ?? NOBODY;
  const [free, setFree] = useState(false);
  const { error, said } = useSaid(id);
  const { view, pointers, gone } = useHeard(channel, leader?.person, state?.view ?? undefined, people);
  const strokes = useStrokes(id, one.acts.includes("write"));
  const looks = useLooked(id, channel, mine === "here", said);
  const following = leader !== undefined && mine !== "here" && !free;
  const points = useMemo(() => paced(RELAY_MS, (at: Parameters<Together["points"]>[0]) => passing.relay(channel, { point: at ?? null })), [channel]);
  const draws = useMemo(() => paced(RELAY_MS, (mark: Mark) => passing.relay(`reading/${id}`, { stroke: mark })), [id]);
  const mayLead = state?.leads ?? false;
  const breaks = useCallback(() => setFree((was) => was || following), [following]);
  const handed = mine === "elsewhere" && leader?.page === "";
  useEffect(() => {
    if (handed) said(() => api.post("/api/reading/{reading}/lead", { path: { reading: id }, body: { page: PAGE } }));
  }, [handed, id, said]);
  const together = useMemo<Together | undefined>(
    () => state && { led: following ? view : undefined, leading: mine === "here", pointers, strokes, looks, breaks, points: mayLead ? points : () => undefined, draws },
    [state, following, view, mine, pointers, strokes, looks, breaks, mayLead, points, draws],
  );
  return {
    together, leader: leader && { id: leader.person, name: nameIn(people, leader.person) }, mine, following, error,
    gone: leader !== undefined && gone, mayLead, others: people.filter((other) => other.id !== me),
    lead: () => said(() => api.post("/api/reading/{reading}/lead", { path: { reading: id }, body: { page: PAGE } })),
    layDown: () => said(() => api.delete("/api/reading/{reading}/lead", { path: { reading: id } })),
    handOver: (person) => said(() => api.post("/api/reading/{reading}/lead/hand-over", { path: { reading: id }, body: { person } })),
    follow: (isFollowing) => setFree(!isFollowing),
  };
}

const nameIn = (people: State["people"], id: string): string => people.find((one) => one.id === id)?.name ?? "";

/** Says something to the server; what it did not take is told until the next thing is taken. */
function useSaid(id: string): { error: unknown; said: (what: () => Promise<unknown>) => void } {
  const [trouble, setTrouble] = useState<{ of: string; error: unknown }>();
  const said = useCallback(
    (what: () => Promise<unknown>) => {
      what().then(
        () => setTrouble(undefined),
        (error: unknown) => setTrouble({ of: id, error }),
      );
    },
    [id],
  );
  return { error: trouble?.of === id ? trouble.error : null, said };
}

/** What the others' pages show: where the leader looks, and where who points. */
function useHeard(channel: string, leader: string | undefined, kept: View | undefined, people: State["people"]): { view: View | undefined; pointers: Pointer[]; gone: boolean } {
  const [shown, setShown] = useState<{ from: string; view: View; at: number; kept: View | undefined }>();
  const [points, setPoints] = useState<ReadonlyMap<string, { point: NonNullable<ReturnType<typeof readPoint>>; at: number }>>(new Map());
  const latest = useRef(kept);
  useEffect(() => {
    latest.current = kept;
  });
  useEffect(
    () =>
      passing.listen(channel, (from, data) => {
        const said = (data ?? {}) as { view?: unknown; point?: unknown };
        const view = readView(said.view);
        if (view) setShown({ from, view, at: Date.now(), kept: latest.current });
        if (!("point" in said)) return;
        const point = readPoint(said.point);
        setPoints((all) => {
          const others = new Map(all);
          others.delete(from);
          return point ? others.set(from, { point, at: Date.now() }) : others;
        });
      }),
    [channel],
  );
  const now = useNow(1000);
  const live = shown?.from === leader ? shown : undefined;
  // What is kept comes a moment later than what is shown, and goes before it once nothing is shown any more
  const isOld = live !== undefined && live.kept !== kept && now - live.at > 2 * KEEP_MS;
  const pointers = useMemo(
    () => [...points].filter(([, { at }]) => now - at < POINTER_MS).map(([who, { point }]) => ({ ...point, who, name: nameIn(people, who) })),
    [points, now, people],
  );
  return { view: live && !isOld ? live.view : kept, pointers, gone: useSilence(live ?? kept ?? leader) };
}

/** Whether the same was the last thing for too long. */
function useSilence(last: unknown): boolean {
  const [silent, setSilent] = useState<unknown>();
  useEffect(() => {
    const timer = setTimeout(() => setSilent(last), SILENT_MS);
    return () => clearTimeout(timer);
  }, [last]);
  return last !== undefined && silent === last;
}

/** Marks that others are drawing, until they are kept, or given up. */
function useStrokes(id: string, writes: boolean): Mark[] {
  const [strokes, setStrokes] = useState<{ mark: Mark; at: number }[]>([]);
  useEffect(
    () =>
      passing.listen(`reading/${id}`, (_, data) => {
        const mark = readStroke((data as { stroke?: unknown } | undefined)?.stroke);
        if (mark) setStrokes((all) => [...all.filter((one) => one.mark.id !== mark.id), { mark, at: Date.now() }]);
      }),
    [id],
  );
  const now = useNow(1000);
  return useMemo(() => (writes ? strokes.filter(({ at }) => now - at < STROKE_MS).map(({ mark }) => mark) : []), [writes, strokes, now]);
}

/** Shows the others where this page looks, and has it kept for who comes later; says every five seconds that it is there. */
function useLooked(id: string, channel: string, leading: boolean, said: (what: () => Promise<unknown>) => void): (view: View) => void {
  const latest = useRef<View>(undefined);
  const tell = useMemo(() => {
    const relay = paced(RELAY_MS, (view: View) => passing.relay(channel, { view }));
    const kept = paced(KEEP_MS, (view: View) => said(() => api.put("/api/reading/{reading}/lead", { path: { reading: id }, body: { page: PAGE, view } })));
    return (view: View): void => {
      latest.current = view;
      relay(view);
      kept(view);
    };
  }, [id, channel, said]);
  useEffect(() => {
    if (!leading) return undefined;
    const timer = setInterval(() => latest.current && tell(latest.current), HERE_MS);
    return () => clearInterval(timer);
  }, [leading, tell]);
  return tell;
}
