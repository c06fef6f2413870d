/** The chat of a case: what came after the last that the page has, what one writes, and what one has seen. */
import { useQuery, useQueryClient, type QueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { api } from "../../../lib/api";
import { paced } from "../../../lib/paced";
import { POLLED } from "../../../lib/polled";
import { reach } from "../../../lib/reach";
import type { Self } from "../../../lib/self";
import { keepUnsent, readUnsent } from "../../../lib/storage";
import { onForgetting, useWords } from "../../../lib/unsaved";
import { useLive } from "../../../lib/useLive";
import { CASES } from "../api";
import type { Case, Line } from "../model";
import { EMPTY, joined, type Log } from "./model";
import { Outbox, type Unsent } from "../../../parts/chat/outbox";

const PATH = "/api/consultations/{consultation}/chat";
/** All who see a message say so at once: what they say is asked for together. */
const AGAIN_MS = 250;

/** An answer that takes longer than that is waited for, not thrown away, and then asked for once more. */
function oneByOne(ask: () => Promise<unknown>): () => void {
  let [asking, wanted] = [false, false];
  const next = (): void => {
    asking = wanted;
    if (!wanted) return;
    wanted = false;
    void ask().finally(next);
  };
  return () => {
    wanted = true;
    if (!asking) next();
  };
}

const keep = (state: unknown): unknown => state;
const keyOf = (id: string): string[] => [...CASES, id, "chat"];

export function useChat(id: string): UseQueryResult<Log> {
  const client = useQueryClient();
  const { seq } = useLive<unknown>(`chat/${id}`, keep);
  const ask = useMemo(() => paced<undefined>(AGAIN_MS, oneByOne(() => client.invalidateQueries({ queryKey: keyOf(id) }))), [client, id]);
  useEffect(() => {
    if (seq > 0) ask(undefined);
  }, [ask, seq]);
  return useQuery({
    queryKey: keyOf(id),
    queryFn: async ({ signal }) => {
      const had = (): Log => client.getQueryData<Log>(keyOf(id)) ?? EMPTY;
      let log = had();
      for (;;) {
        const { items, seen, last, next } = await api.get(PATH, { path: { consultation: id }, query: { after: log.last }, signal });
        log = joined(log, { messages: items, seen, last });
        // What one sent meanwhile stands there already
        if (!next) return joined(log, { ...had(), last: log.last });
      }
    },
    ...POLLED,
  });
}

const outboxes = new Map<string, Outbox>();
onForgetting(() => outboxes.clear());

function outboxOf(client: QueryClient, id: string, { id: person, name }: Self): Outbox {
  const key = `chat/${person}/${id}`;
  const send = async (one: Unsent): Promise<void> => {
    const kept = await api.post(PATH, { path: { consultation: id }, body: { text: one.text }, headers: { "Idempotency-Key": one.key } });
    const mine = { id: kept.id, at: kept.at, text: one.text, key: one.key, who: { id: person, name } };
    client.setQueryData<Log>(keyOf(id), (log) => log && joined(log, { messages: [mine], seen: [], last: "" }));
  };
  const found = outboxes.get(key) ?? new Outbox({ send, now: () => Date.now(), read: () => readUnsent(key), keep: (value) => keepUnsent(key, value) });
  outboxes.set(key, found);
  return found;
}

export interface Writing {
  outbox: Outbox;
  unsent: readonly Unsent[];
  typed: string;
}

/** What one writes in a case; what failed for the line goes again once somebody answers. `log`: what the server has. */
export function useWriting(id: string, me: Self, log: Log | undefined): Writing {
  const outbox = outboxOf(useQueryClient(), id, me);
  const unsent = useSyncExternalStore(outbox.subscribe, outbox.snapshot);
  const typed = useSyncExternalStore(outbox.subscribe, outbox.typed);
  const now = useCallback(() => outbox.typed(), [outbox]);
  const unsaved = useCallback(() => outbox.snapshot().length > 0, [outbox]);
  const save = useCallback(() => outbox.again(), [outbox]);
  useWords(`chat/${id}/${me.id}`, { now, unsaved, save });
  useEffect(() => log && outbox.confirm(new Set(log.messages.map(({ key }) => key))), [outbox, log, unsent]);
  useEffect(() => reach.follow(() => void (reach.since === null && outbox.again())), [outbox]);
  return { outbox, unsent, typed };
}

/** Says once of each message that it was seen; should that fail, the next one says so of all. */
export function useSee(id: string): (upto: number) => void {
  const client = useQueryClient();
  const said = useRef(0);
  return useCallback((upto: number) => {
    if (upto <= said.current) return;
    const before = said.current;
    said.current = upto;
    api.post(`${PATH}/seen`, { path: { consultation: id }, body: { upto } }).then(
      () => {
        client.setQueryData<Case>([...CASES, id], (one) => one && { ...one, unseen: 0 });
        client.setQueriesData<Line[]>({ queryKey: [...CASES, "list"] }, (lines) => lines?.map((one) => (one.id === id ? { ...one, unseen: 0 } : one)));
      },
      () => (said.current = before),
    );
  }, [client, id]);
}
