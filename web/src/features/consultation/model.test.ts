import { expect, test } from "vitest";
import { desk, missing, offered, requestBody, ringLeftS, type Line, type Wish } from "./model";

const line = (part: Partial<Line>): Line => ({
  id: "c", state: "queued", mode: "written", urgency: "scheduled", question: "q", created: "2026-03-18T08:00:00Z",
  changed: "2026-03-18T08:00:00Z", department: { id: "d", name: "d" }, expert: null, ring: null, starts: null, acts: [], unseen: 0,
  patient: { id: "p", name: "刘*英", sex: "female", birth_date: "1959", number: "6101**********0017", number_kind: "card", masked: true },
  asker: { id: "a", name: "a", institution: { id: "i", name: "i" } }, ...part,
});
const always = (): boolean => true;
const wish: Wish = { patient: "p", department: "d", question: " 是否溶栓 ", version: "2026-1", given_by: "patient", how: "signed", reason: "", complaint: "", call_back: "", documents: [], slot: "", name: "", relation: "", heard_by: "", signature: [] };

test("the queue is urgent first, then oldest first", () => {
  const late = line({ id: "late", created: "2026-03-18T09:00:00Z" });
  const early = line({ id: "early" });
  const urgent = line({ id: "urgent", urgency: "emergency", created: "2026-03-18T10:00:00Z" });
  expect(desk([late, early, urgent], "me", always).queue.map(({ id }) => id)).toEqual(["urgent", "early", "late"]);
});

test("the day's cases are one's own of that day, in its order", () => {
  const mine = { expert: { id: "me", name: "" } };
  const later = line({ id: "later", ...mine, created: "2026-03-18T15:00:00Z" });
  const sooner = line({ id: "sooner", ...mine });
  const before = line({ id: "before", ...mine, created: "2026-03-17T08:00:00Z" });
  const { today } = desk([later, sooner, before, line({ id: "other" })], "me", (time) => time.startsWith("2026-03-18"));
  expect(today.map(({ id }) => id)).toEqual(["sooner", "later"]);
});

test("what has an hour stands in the day of its hour, at its hour", () => {
  const booked = { expert: { id: "me", name: "" }, state: "booked" } as const;
  const asked = line({ id: "asked", expert: booked.expert, created: "2026-03-18T10:00:00Z" });
  const due = line({ id: "due", ...booked, created: "2026-03-15T08:00:00Z", starts: "2026-03-18T09:00:00Z" });
  const tomorrow = line({ id: "tomorrow", ...booked, starts: "2026-03-19T09:00:00Z" });
  const { today } = desk([asked, due, tomorrow], "me", (time) => time.startsWith("2026-03-18"));
  expect(today.map(({ id }) => id)).toEqual(["due", "asked"]);
});

const ring = (called: string): Line["ring"] => ({
  id: "r", state: "ringing", since: "2026-03-18T08:00:00Z", circle: 1, next_at: null, alarm_at: "2026-03-18T08:02:30Z", alarmed: null, number: "",
  taken_by: null, taken: null, failed: [], answered_by: null, answered: null, there_s: null, goal_s: 180,
  called: [{ person: { id: called, name: "" }, circle: 1, since: "2026-03-18T08:00:00Z" }],
});

test("it rings for whom it calls; the others of the department have it in their queue", () => {
  const mine = line({ id: "mine", state: "ringing", acts: ["accept"], ring: ring("me") });
  const theirs = line({ id: "theirs", state: "ringing", acts: ["accept"], ring: ring("you") });
  const found = desk([mine, theirs, line({ id: "asked", state: "ringing", ring: ring("you") })], "me", always);
  expect(found.ringing.map(({ id }) => id)).toEqual(["mine"]);
  expect(found.queue.map(({ id }) => id)).toEqual(["theirs"]);
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
  expect(offered(["write", "sign", "claim", "cancel"])).toEqual(["claim", "cancel"]);
});

test("nothing is missing from a whole request", () => {
  expect(missing(wish, "written")).toEqual([]);
});

test("what is missing is named", () => {
  expect(missing({ ...wish, question: " ", department: "", given_by: "" }, "written")).toEqual(["question", "department", "consent"]);
});

test("who cannot consent is helped in an emergency alone, and with a reason", () => {
  const unable: Wish = { ...wish, given_by: "unable", reason: "昏迷" };
  expect(missing(unable, "emergency")).toEqual([]);
  expect(missing(unable, "written")).toEqual(["reason"]);
  expect(missing({ ...unable, reason: " " }, "emergency")).toEqual(["reason"]);
});

test("next of kin are named, and of each way of consenting only what belongs to it is sent", () => {
  const kin: Wish = { ...wish, given_by: "next-of-kin", signature: [[1, 2]], heard_by: "h" };
  expect(missing(kin, "emergency")).toEqual(["kin"]);
  expect(missing({ ...kin, given_by: "carer", name: "刘强" }, "emergency")).toEqual(["kin"]);
  const named = { ...kin, name: " 刘强 ", relation: "儿子" };
  expect(missing(named, "emergency")).toEqual([]);
  expect(requestBody(named, "emergency")?.consent).toEqual({ version: "2026-1", given_by: "next-of-kin", how: "signed", name: "刘强", relation: "儿子", signature: [[1, 2]] });
  expect(requestBody({ ...named, given_by: "patient", how: "spoken" }, "emergency")?.consent).toEqual({ version: "2026-1", given_by: "patient", how: "spoken", heard_by: "h" });
});

test("the two choices are two combinations of mode and urgency", () => {
  const kinds = (["emergency", "written"] as const).map((kind) => requestBody(wish, kind));
  expect(requestBody({ ...wish, slot: "s" }, "scheduled")).toMatchObject({ mode: "live", urgency: "scheduled", slot: "s" });
  expect(missing(wish, "scheduled")).toEqual(["slot"]);
  expect(kinds.map((body) => [body?.mode, body?.urgency])).toEqual([["live", "emergency"], ["written", "scheduled"]]);
  expect(kinds[0]?.question).toBe("是否溶栓");
});

test("without a consent there is nothing to send", () => {
  expect(requestBody({ ...wish, how: "" }, "written")).toBeNull();
});
