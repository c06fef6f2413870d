import { expect, test } from "vitest";
import { addressOf, bodyOf, byTurn, EMPTY, isPressing, missing, offered, waitsForReader, type Line, type Wish } from "./model";

const WISH: Wish = { ...EMPTY, institution: "city", kind: "admission", reason: " 需住院 ", agreed: "patient" };

function line(state: Line["state"], mine: boolean, more: Partial<Line> = {}): Line {
  return { state, mine, urgency: "routine", since: "2026-03-18T00:00:00Z", chased: 0, ...more } as Line;
}

test("what is missing is named, and nothing is sent without it", () => {
  expect(missing(EMPTY)).toEqual(["institution", "kind", "reason", "agreed"]);
  expect(bodyOf(EMPTY, "p", "", true)).toBeNull();
  expect(bodyOf(WISH, "p", "consultation/c", true)).toMatchObject({ patient: "p", source: "consultation/c", reason: "需住院", send: true });
});

test("nobody who could agree is for an emergency alone, with a reason", () => {
  expect(missing({ ...WISH, agreed: "unable" })).toEqual(["agreed", "why_unable"]);
  expect(missing({ ...WISH, agreed: "unable", urgency: "emergency", why_unable: "昏迷" })).toEqual([]);
});

test("what waits for the reader comes first, then what is urgent, then the oldest", () => {
  const lines = [
    line("sent", true), line("sent", false), line("returned", true, { urgency: "urgent" }), line("sent", false, { since: "2026-03-17T00:00:00Z" }),
  ];
  expect([...lines].sort(byTurn).map((one) => lines.indexOf(one))).toEqual([2, 3, 1, 0]);
  expect([line("closed", true), line("sent", true), line("unanswered", true)].map(waitsForReader)).toEqual([false, false, true]);
});

test("only what was asked after, or came back without an answer, presses", () => {
  expect([line("sent", false), line("sent", false, { chased: 1 }), line("unanswered", true), line("sent", true, { chased: 1 })].map(isPressing)).toEqual([
    false, true, true, false,
  ]);
});

test("acts have one order, and what is attached leads to its page", () => {
  expect(offered(["withdraw", "accept", "receive"])).toEqual(["receive", "accept", "withdraw"]);
  expect(addressOf("ImagingStudy/s", "p")).toBe("/patients/p/studies/s");
  expect(addressOf("Observation/o", "p")).toBeUndefined();
});
