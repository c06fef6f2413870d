import { expect, test } from "vitest";
import { byUrgency, desk, missing, offered, requestBody, ringLeftS, type Line, type Wish } from "./model";

const line = (part: Partial<Line>): Line => ({
  id: "c", state: "queued", mode: "written", urgency: "scheduled", question: "q", created: "2026-03-18T08:00:00Z",
  patient: { id: "p", name: "刘*英" }, department: { id: "d", name: "d" }, asker: { id: "a", name: "a" }, acts: [], ...part,
});
const always = (): boolean => true;
const wish: Wish = { patient: "p", department: "d", question: " 是否溶栓 ", version: "2026-1", given_by: "patient", how: "signed", reason: "" };

test("the queue is urgent first, then oldest first", () => {
  const late = line({ id: "late", created: "2026-03-18T09:00:00Z" });
  const early = line({ id: "early" });
  const urgent = line({ id: "urgent", urgency: "emergency", created: "2026-03-18T10:00:00Z" });
  expect(desk([late, early, urgent], "me", always).queue.map(({ id }) => id)).toEqual(["urgent", "early", "late"]);
});

test("among booked cases the time of the slot counts, not that of the request", () => {
  const slot = (start: string): Partial<Line> => ({ state: "booked", slot: { id: "s", start, end: start } });
  const later = line({ id: "later", ...slot("2026-03-18T15:00:00Z"), created: "2026-03-10T08:00:00Z" });
  const sooner = line({ id: "sooner", ...slot("2026-03-18T14:00:00Z") });
  expect(desk([later, sooner], "me", always).today.map(({ id }) => id)).toEqual(["sooner", "later"]);
  expect([later, sooner].sort(byUrgency).map(({ id }) => id)).toEqual(["sooner", "later"]);
});

test("a call rings only for whom may take it", () => {
  const mine = line({ id: "mine", state: "ringing", acts: ["accept"] });
  const other = line({ id: "other", state: "ringing" });
  expect(desk([mine, other], "me", always).ringing.map(({ id }) => id)).toEqual(["mine"]);
});

test("opinions are owed on one's own accepted cases alone", () => {
  const mine = line({ id: "mine", state: "accepted", expert: { id: "me", name: "" } });
  const other = line({ id: "other", state: "accepted", expert: { id: "you", name: "" } });
  expect(desk([mine, other], "me", always).open.map(({ id }) => id)).toEqual(["mine"]);
});

test("three minutes are promised from the first ring on", () => {
  const now = Date.parse("2026-03-18T08:00:46Z");
  expect(ringLeftS({ since: "2026-03-18T08:00:00Z" }, now)).toBe(134);
});

test("acts that a page cannot do are not offered", () => {
  expect(offered(["write", "sign", "invite", "claim", "cancel"])).toEqual(["claim", "cancel"]);
});

test("nothing is missing from a whole request", () => {
  expect(missing(wish, "written")).toEqual([]);
});

test("what is missing is named", () => {
  expect(missing({ ...wish, question: " ", department: "", given_by: "" }, "written")).toEqual(["question", "department", "consent"]);
});

test("who cannot consent is helped in an emergency alone, and with a reason", () => {
  const unable = { ...wish, given_by: "unable", reason: "昏迷" };
  expect(missing(unable, "emergency")).toEqual([]);
  expect(missing(unable, "written")).toEqual(["reason"]);
  expect(missing({ ...unable, reason: " " }, "emergency")).toEqual(["reason"]);
});

test("the three choices are three combinations of mode and urgency", () => {
  const kinds = (["emergency", "booked", "written"] as const).map((kind) => requestBody(wish, kind, "s1"));
  expect(kinds.map(({ mode, urgency, slot }) => [mode, urgency, slot])).toEqual([
    ["live", "emergency", undefined],
    ["live", "scheduled", "s1"],
    ["written", "scheduled", undefined],
  ]);
  expect(kinds[0]?.question).toBe("是否溶栓");
});
