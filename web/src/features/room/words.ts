/** What people in the room write to all in it, and what one has written that the centre does not have yet. */
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { api, type Schemas } from "../../lib/api";
import { POLLED } from "../../lib/polled";
import { reach } from "../../lib/reach";
import { keepUnsent, readUnsent } from "../../lib/storage";
import { Outbox, type Unsent } from "../../parts/chat/outbox";

export type Word = Schemas["Word"];

const PATH = "/api/consultations/{consultation}/room/words";

export interface Words {
  all: Word[] | undefined;
  error: unknown;
  retry(): void;
  outbox: Outbox;
  unsent: readonly Unsent[];
  typed: string;
  /** How many of others one has not had before one's eyes. */
  unseen: number;
  /** All that are there are before one's eyes. */
  see(): void;
}

/** Under another ticket what was not sent is read anew, and sent by that. */
function outboxOf(client: QueryClient, id: string, me: string, ticket: string): Outbox {
  const kept = `words/${me}/${id}`;
  return new Outbox({
    send: async ({ text, key }) => {
      await api.post(PATH, { path: { consultation: id }, body: { ticket, text }, headers: { "Idempotency-Key": key } });
      await client.invalidateQueries({ queryKey: ["room", id, "words"] });
    },
    now: () => Date.now(),
    read: () => readUnsent(kept),
    keep: (value) => keepUnsent(kept, value),
  });
}

/** The key lies under that of the room, whose every event asks for it anew. */
export function useWords(id: string, me: string, ticket: string): Words {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["room", id, "words"],
    queryFn: async ({ signal }) => (await api.get(PATH, { path: { consultation: id }, signal })).items,
    ...POLLED,
  });
  const outbox = useMemo(() => outboxOf(client, id, me, ticket), [client, id, me, ticket]);
  const all = query.data;
  const unsent = useSyncExternalStore(outbox.subscribe, outbox.snapshot);
  const typed = useSyncExternalStore(outbox.subscribe, outbox.typed);
  useEffect(() => all && outbox.confirm(new Set(all.map((one) => one.key))), [outbox, all, unsent]);
  useEffect(() => reach.follow(() => void (reach.since === null && outbox.again())), [outbox]);
  const [seen, setSeen] = useState(0);
  const others = (all ?? []).filter(({ who }) => who.id !== me);
  return {
    all, error: query.error, retry: () => void query.refetch(), outbox, unsent, typed,
    unseen: others.filter(({ id: nth }) => Number(nth) > seen).length,
    see: () => setSeen(Number(others.at(-1)?.id ?? 0)),
  };
}
