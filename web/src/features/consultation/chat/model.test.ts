import { expect, test } from "vitest";
import { after, EMPTY, joined, seenBy, seenUpTo, type Log, type Message, type Seen } from "./model";

const message = (id: number, who: string): Message => ({ id: String(id), at: "2026-03-18T08:00:00Z", who: { id: who, name: who }, text: `${id}`, key: "" });
const seen = (who: string, upto: number, minute: number): Seen => ({ who: { id: who, name: who }, upto: String(upto), at: `2026-03-18T08:${minute}:00Z` });
const LOG: Log = { messages: [message(1, "me"), message(2, "li"), message(5, "me")], seen: [seen("li", 1, 10), seen("me", 2, 11), seen("wu", 5, 12), seen("li", 5, 13)], last: "9" };

test("what comes after is joined in the server's order, and what both have stands once", () => {
  const both = joined(LOG, { messages: [message(5, "me"), message(12, "li"), message(11, "me")], seen: [seen("li", 5, 13), seen("me", 12, 14)], last: "14" });
  expect(both.messages.map(({ id }) => id)).toEqual(["1", "2", "5", "11", "12"]);
  expect(both.seen.length).toBe(5);
  expect(both.last).toBe("14");
});

test("a message of one's own that the server told of nothing before does not move the place from which is asked", () => {
  expect(joined(LOG, { messages: [message(20, "me")], seen: [], last: "" }).last).toBe("9");
  expect(joined(EMPTY, LOG)).toEqual(LOG);
});

test("a message was seen by those who came to it or beyond, when they first did, and never by its writer", () => {
  const said = (place: number): string[] => seenBy(LOG, LOG.messages[place] ?? message(0, "")).map(({ who, at }) => `${who.id} ${at.slice(14, 16)}`);
  expect([said(0), said(1), said(2)]).toEqual([["li 10", "wu 12"], ["me 11", "wu 12"], ["wu 12", "li 13"]]);
});

test("what one has not seen are the others' messages after the last that one saw", () => {
  const upto = seenUpTo(LOG, "me");
  expect([upto, seenUpTo(LOG, "nobody")]).toEqual([2, 0]);
  expect(after(LOG, "me", upto)).toEqual([]);
  expect(after(joined(LOG, { messages: [message(12, "li")], seen: [], last: "12" }), "me", upto).map(({ id }) => id)).toEqual(["12"]);
});
