import { expect, test } from "vitest";
import { brief, daysOf, labelable, marksOf, reachOf, spanOf, tellers, ticksOf, timeOf, trendOf, type Curve, type Event } from "./model";

const NOW = new Date(2026, 2, 18, 10).getTime();
const source = { kind: "system", name: "柳河镇卫生院", at: "2026-03-18T00:00:00Z" } as const;
const event = (part: Partial<Event>): Event => ({ type: "Encounter", id: "e", lane: "outpatient", title: "", where: "", status: "finished", start: "2026-01-05", end: "", source, ...part });
const curve = (numbers: number[], part: Partial<Curve> = {}): Curve => ({
  unit: "mmol/L", low: 3.5, high: 5.3, points: numbers.map((number, index) => ({ at: `2026-01-${String(index + 1).padStart(2, "0")}`, number, text: String(number) })), ...part,
});

test("what others told may be labelled, each once, and of ours what others read", () => {
  const ours = { ...source, kind: "ours" } as const;
  const items = [event({ id: "e1", title: "头晕" }), event({ type: "Appointment", id: "a1", source: ours }), event({ type: "DiagnosticReport", id: "r1", title: "会诊意见", source: ours }), event({ type: "DiagnosticReport", id: "r2", title: "血常规" })];
  const paper = { type: "DiagnosticReport", id: "r2", title: "血常规", status: "final", at: "", study: "", images: null, conclusion: "", attachments: [], source };
  const scan = { ...paper, type: "ImagingStudy", id: "s1", title: "头颅 CT", source: ours };
  const places = labelable({ timeline: { items, total: 4, last: null }, documents: { images: [scan], arriving: [], documents: [paper], studies: 1, total: 1, last: null } });
  expect(places.map(({ key, title }) => [key, title])).toEqual([
    ["DiagnosticReport/r2", "血常规"], ["ImagingStudy/s1", "头颅 CT"], ["Encounter/e1", "头晕"], ["DiagnosticReport/r1", "会诊意见"],
  ]);
});

test("a day begins where the page is, a moment where it was", () => {
  expect(timeOf("2026-03-18")).toBe(new Date(2026, 2, 18).getTime());
  expect(timeOf("2026")).toBe(new Date(2026, 0, 1).getTime());
  expect(timeOf("2026-03-18T08:00:00+08:00")).toBe(Date.UTC(2026, 2, 18));
  expect(timeOf("")).toBeNaN();
});

test("a long history shows its last years, a short one at least a quarter", () => {
  const long = [event({ start: "2001-05-01" })];
  expect(NOW - reachOf(long, NOW, 3)[0]).toBeLessThan(3.2 * 366 * 86_400_000);
  expect(reachOf(long, NOW, null)[0]).toBeLessThan(timeOf("2001-05-01"));
  expect(NOW - reachOf([], NOW, 3)[0]).toBeGreaterThan(80 * 86_400_000);
});

test("a stay has its length, and one that lasts reaches until now", () => {
  const reach: [number, number] = [new Date(2026, 0, 1).getTime(), NOW];
  const stays = [event({ lane: "inpatient", start: "2026-02-01", end: "2026-02-09" }), event({ lane: "inpatient", start: "2026-03-10", status: "in-progress" })];
  const [over, lasting] = marksOf(stays, "inpatient", reach, NOW);
  expect(over?.width).toBeCloseTo((8 / 76.4) * 100, 0);
  expect((lasting?.left ?? 0) + (lasting?.width ?? 0)).toBeCloseTo(100);
  expect(stays.map((one) => daysOf(one, NOW))).toEqual([8, 8]);
  expect(daysOf(event({ lane: "inpatient", status: "unknown" }), NOW)).toBeNull();
});

test("what is over before the axis begins, and what has no day, is not drawn", () => {
  const reach: [number, number] = [new Date(2026, 0, 1).getTime(), NOW];
  expect(marksOf([event({ start: "2020-01-01" }), event({ start: "" }), event({ lane: "exam" })], "outpatient", reach, NOW)).toEqual([]);
});

test("years are marked, quarters in a short reach, never more than fit", () => {
  expect(ticksOf([timeOf("2023-06-01"), NOW]).map(({ text }) => text)).toEqual(["2024", "2025", "2026"]);
  expect(ticksOf([timeOf("2025-05-15"), NOW]).map(({ text }) => text)).toEqual(["2025-07", "2025-10", "2026-01"]);
  expect(ticksOf([timeOf("1950"), NOW]).length).toBeLessThan(9);
});

test("a curve goes up, down, nowhere, or to and fro", () => {
  expect(trendOf(curve([4.1, 4.6, 5.2]))).toEqual({ way: "up", percent: 27 });
  expect(trendOf(curve([9, 7, 6.5, 4]))).toEqual({ way: "down", percent: 56 });
  expect(trendOf(curve([4.1, 4.2, 4.1, 4.2]))).toEqual({ way: "steady", percent: null });
  expect(trendOf(curve([4, 6, 4, 6, 4.2]))).toEqual({ way: "unsteady", percent: null });
  expect(trendOf(curve([4, 6]))).toBeNull();
  expect(trendOf(undefined)).toBeNull();
});

test("a limit is no number to reckon with", () => {
  const limits = curve([0.05, 0.05, 0.05, 0.05], { low: null, high: 0.5 });
  expect(trendOf({ ...limits, points: limits.points.map((point) => ({ ...point, text: "<0.05" })) })).toBeNull();
  const fallen = curve([9, 7, 5, 0.5]);
  expect(trendOf({ ...fallen, points: fallen.points.map((point, index) => (index === 3 ? { ...point, text: "<0.5" } : point)) })).toBeNull();
});

test("a lane spans points and range, and one number alone has air around it", () => {
  const [low, high] = spanOf(curve([9]));
  expect(low).toBeLessThan(3.5);
  expect(high).toBeGreaterThan(9);
  const alone = spanOf(curve([7], { low: null, high: null }));
  expect(alone[0]).toBeLessThan(7);
  expect(alone[1]).toBeGreaterThan(7);
});

test("the end of a range fits beside its curve", () => {
  expect([3.4000000000000004, 0.05, 145, 12345].map(brief)).toEqual([3.4, 0.05, 145, 12345]);
});

test("each teller is named once", () => {
  const ours = { kind: "ours", name: "", at: source.at } as const;
  expect(tellers([{ source }, { source }, { source: ours }])).toEqual({ names: ["柳河镇卫生院"], kinds: ["ours"] });
});
