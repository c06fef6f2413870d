import { expect, test } from "vitest";
import { held, shouts, type Line } from "./model";

const line = (part: Partial<Line>): Line => ({
  id: "r", state: "ringing", since: "2026-03-18T09:30:00Z", circle: 1, next_at: null, alarm_at: "2026-03-18T09:32:30Z", alarmed: null,
  number: "", taken_by: null, taken: null, called: [], failed: [], answered_by: null, answered: null, there_s: null, goal_s: 180,
  question: "q", urgency: "emergency", place: null, department: null, ...part,
});

const ALARMED = { alarmed: "2026-03-18T09:32:30Z" };

test("an alarm shouts until a dispatcher has it in hand, or somebody answers", () => {
  expect(shouts(line({}))).toBe(false);
  expect(shouts(line(ALARMED))).toBe(true);
  expect(shouts(line({ ...ALARMED, taken_by: { id: "g", name: "高扬" } }))).toBe(false);
  expect(shouts(line({ ...ALARMED, state: "answered" }))).toBe(false);
});

test("a ring is one's own to handle, another's, or nobody's yet", () => {
  const taken = line({ taken_by: { id: "g", name: "高扬" } });
  expect([held(line({}), "g"), held(taken, "g"), held(taken, "m")]).toEqual(["nobodys", "mine", "theirs"]);
});
