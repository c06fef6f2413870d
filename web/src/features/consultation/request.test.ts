import { expect, test } from "vitest";
import { after, begun, draftOf, filledIn, type Complaint, type Prepared } from "./request";

const choice = (id: string, department: string): Complaint => ({
  id, name: { zh: id, en: id }, question: { zh: `${id}？`, en: `${id}?` }, department, on_duty: 1,
});
const complaints = [choice("stroke", "neurology"), choice("fever", "")];
const fresh: Prepared = { saved: null, complaint: "stroke", call_back: "0913", complaints };
const draft = { key: "k", department: "d", complaint: "", question: "q", call_back: "1", version: "2026-1", given_by: "carer" as const, how: "spoken" as const, reason: "", name: "n", relation: "r", heard_by: "h", documents: ["x"] };
const saved: Prepared = { ...fresh, saved: { draft, changed: "2026-03-18T09:00:00Z" } };

test("a request begins with what the visit tells, and with the number of the last one", () => {
  expect(begun("p", fresh, "zh").wish).toMatchObject({ patient: "p", complaint: "stroke", department: "neurology", question: "stroke？", call_back: "0913", how: "" });
  expect(begun("p", { ...fresh, complaint: "" }, "en").wish).toMatchObject({ complaint: "", department: "", question: "" });
});

test("a draft is taken up as it was left, under its key", () => {
  const found = begun("p", saved, "zh");
  expect(found.key).toBe("k");
  expect(draftOf(found)).toEqual(draft);
});

test("another complaint fills in another question, but never over somebody's own words", () => {
  const { wish } = begun("p", fresh, "zh");
  expect(filledIn(wish, choice("fever", ""), complaints, "zh")).toEqual({ complaint: "fever", department: "neurology", question: "fever？" });
  expect(filledIn({ ...wish, question: "own" }, choice("fever", ""), complaints, "zh")).toEqual({ complaint: "fever", department: "neurology" });
});

test("what is asked otherwise is another request; being told the text in force is not", () => {
  const found = begun("p", saved, "zh");
  expect(after(found, { question: "other" }).key).not.toBe("k");
  expect(after(found, { version: "2026-1" })).toEqual(found);
});

test("under another text than the one agreed to nobody has consented yet", () => {
  const found = after(begun("p", saved, "zh"), { version: "2026-2" });
  expect([found.wish.version, found.wish.how, found.key]).toEqual(["2026-2", "", "k"]);
});

test("an hour of one department's expert is not kept for another", () => {
  const found = after(begun("p", saved, "zh"), { slot: "s" });
  expect(after(found, { question: "q2" }).wish.slot).toBe("s");
  expect(after(found, { department: "other" }).wish.slot).toBe("");
});
