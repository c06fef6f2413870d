/** What a page has of a chat: messages, and who has seen them. Pure. */
import type { Schemas } from "../../../lib/api";

export type Message = Schemas["Message"];
export type Seen = Schemas["Seen"];
export interface Log {
  messages: Message[];
  seen: Seen[];
  /** After what the server is asked next. */
  last: string;
}

export const EMPTY: Log = { messages: [], seen: [], last: "" };

const byNumber = (a: Message, b: Message): number => Number(a.id) - Number(b.id);

/** A log and what came after it, in the order of the server; what both have stands once. */
export function joined(log: Log, more: Pick<Log, "messages" | "seen" | "last">): Log {
  const known = new Set(log.messages.map(({ id }) => id));
  const told = new Set(log.seen.map(({ who, upto }) => `${who.id}/${upto}`));
  return {
    messages: [...log.messages, ...more.messages.filter(({ id }) => !known.has(id))].sort(byNumber),
    seen: [...log.seen, ...more.seen.filter(({ who, upto }) => !told.has(`${who.id}/${upto}`))],
    last: Number(more.last) > Number(log.last) ? more.last : log.last,
  };
}

/** Who has seen a message of one's own, and when they first did. */
export function seenBy({ seen }: Log, message: Message): Seen[] {
  const first = new Map<string, Seen>();
  for (const one of seen) {
    if (one.who.id !== message.who.id && Number(one.upto) >= Number(message.id) && !first.has(one.who.id)) first.set(one.who.id, one);
  }
  return [...first.values()];
}

/** The number of the last message that somebody has seen; 0 for none. */
export const seenUpTo = ({ seen }: Log, person: string): number =>
  Math.max(0, ...seen.filter(({ who }) => who.id === person).map(({ upto }) => Number(upto)));

/** The messages of others after a number. */
export const after = ({ messages }: Log, person: string, upto: number): Message[] =>
  messages.filter(({ id, who }) => who.id !== person && Number(id) > upto);
