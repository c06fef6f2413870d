import { expect, test } from "vitest";
import { askable, bookable, byDay, canBeEarlier, caseOf, counts, cut, days, itemsOf, midnight, monday, pageOf, place, spanOn, swapActs, timeOn, urgency, wantsCheck, type Slot, type Swap, type Week } from "./model";
import { digits, kbps, median } from "./measure";

const WEDNESDAY = new Date(2026, 2, 18, 9, 30);
const at = (day: number, hour: number, minute = 0): string => new Date(2026, 2, day, hour, minute).toISOString();
const CHEN = { id: "chen", name: "陈予安" };
const GAO = { id: "gao", name: "高明" };

function slot(id: string, start: string, end: string, state: Slot["state"] = "free"): Slot {
  return { id, expert: CHEN, start, end, state, free_for: state === "free" ? ["emergency", "urgent", "routine"] : state === "too-soon" ? ["emergency"] : [] };
}

const WEEK: Week = {
  start: at(16, 0), end: at(23, 0), people: [CHEN], resources: [],
  shifts: [{ id: "h1", person: CHEN, department: "d", circle: 2, start: at(18, 20), end: at(19, 8) }],
  absences: [{ id: "a1", person: CHEN, kind: "leave", start: at(20, 0), end: at(22, 0), cover: GAO }],
  covers: [{ id: "a2", person: GAO, kind: "out", start: at(19, 8), end: at(19, 18), cover: CHEN }],
  slots: [slot("s2", at(18, 10, 30), at(18, 11), "taken"), slot("s1", at(18, 10), at(18, 10, 30))],
  bookings: [{
    id: "b1", source: "consultation/c1", slot: "s2", expert: CHEN, institution: { id: "i", name: "柳树镇卫生院" },
    start: at(18, 10, 30), end: at(18, 11), opens: at(18, 10, 15), must_move: true, cover: null, link: null,
  }],
};

test("a week begins on Monday, on a Sunday too", () => {
  expect(monday(WEDNESDAY)).toEqual(new Date(2026, 2, 16));
  expect(monday(new Date(2026, 2, 22, 23, 59))).toEqual(new Date(2026, 2, 16));
  expect(days(new Date(2026, 2, 16))).toHaveLength(8);
  expect(days(new Date(2028, 1, 28))[1]).toEqual(new Date(2028, 1, 29));
});

test("a day holds what touches it, in its order, each slot with its booking", () => {
  const day = midnight(WEDNESDAY);
  const items = itemsOf(WEEK, "chen", day, midnight(WEDNESDAY, 1));
  expect(items.map(({ id }) => id)).toEqual(["s1", "s2", "h1"]);
  expect(items[1]?.booking?.source).toBe("consultation/c1");
  expect(itemsOf(WEEK, "chen", midnight(WEDNESDAY, 1), midnight(WEDNESDAY, 2)).map(({ id, other }) => [id, other])).toEqual([["h1", undefined], ["a2", GAO]]);
  expect(itemsOf(WEEK, "chen", midnight(WEDNESDAY, 2), midnight(WEDNESDAY, 3)).map(({ what, other }) => [what, other])).toEqual([["absence", GAO]]);
  expect(itemsOf(WEEK, "li", day, midnight(WEDNESDAY, 1))).toEqual([]);
  expect(counts(items)).toEqual({ booked: 1, free: 1, mustMove: 1 });
});

test("a strip shows the hours of a day's work and cuts what begins before or ends after", () => {
  const day = midnight(WEDNESDAY);
  const whole = place({ start: midnight(WEDNESDAY), end: midnight(WEDNESDAY, 1) }, day);
  expect(whole).toEqual({ left: 0, width: 100 });
  expect(place({ start: new Date(2026, 2, 18, 14), end: new Date(2026, 2, 18, 21) }, day)).toEqual({ left: 50, width: 50 });
  expect(place({ start: new Date(2026, 2, 18, 1), end: new Date(2026, 2, 18, 6) }, day)).toBeNull();
});

test("an end that is not after the start is of the next day", () => {
  expect(spanOn(WEDNESDAY, "20:00", "08:00")).toEqual({ start: new Date(2026, 2, 18, 20), end: new Date(2026, 2, 19, 8) });
  expect(spanOn(WEDNESDAY, "08:00", "08:00")?.end).toEqual(new Date(2026, 2, 19, 8));
  expect(spanOn(WEDNESDAY, "8", "9:00")).toBeNull();
  expect(timeOn(WEDNESDAY, "24:00")).toBeNull();
});

test("a span is cut into slots, and what is left over is none", () => {
  const span = { start: new Date(2026, 2, 18, 9), end: new Date(2026, 2, 18, 10, 10) };
  expect(cut(span, 30).map(({ start }) => start)).toEqual([new Date(2026, 2, 18, 9), new Date(2026, 2, 18, 9, 30)]);
  expect(cut({ start: span.end, end: span.start }, 30)).toEqual([]);
});

test("slots are told by their day, and what cannot be booked is not offered", () => {
  const slots = [slot("a", at(18, 23), at(18, 23, 30)), slot("b", at(19, 0), at(19, 0, 30), "taken"), slot("c", at(18, 9), at(18, 10), "too-soon")];
  expect(byDay(slots).map(({ day, slots: some }) => [day.getDate(), some.map(({ id }) => id)])).toEqual([[18, ["a", "c"]], [19, ["b"]]]);
  expect(bookable(slots).map(({ id }) => id)).toEqual(["a"]);
  expect(bookable(slots, "emergency").map(({ id }) => id)).toEqual(["a", "c"]);
});

test("a swap is the colleague's to accept, the asker's to take back, and a manager's to approve once both agree", () => {
  const swap = (state: Swap["state"]): Pick<Swap, "asker" | "person" | "state"> => ({ asker: CHEN, person: { id: "gao", name: "高" }, state });
  const acts = (state: Swap["state"], id: string, role: "expert" | "manager" = "expert"): string[] => swapActs(swap(state), { id, role });
  expect(["asked", "agreed"].map((state) => acts(state as Swap["state"], "gao"))).toEqual([["accept", "refuse"], ["refuse"]]);
  expect(["asked", "agreed"].map((state) => acts(state as Swap["state"], "he", "manager"))).toEqual([["reject"], ["approve", "reject"]]);
  expect([acts("asked", CHEN.id), acts("refused", CHEN.id), acts("asked", "li")]).toEqual([["withdraw"], [], []]);
});

test("a booking asks for attention a day before, when it opens, and when it must be moved", () => {
  const start = new Date(2026, 2, 20, 10).getTime();
  const booking = { start: new Date(start).toISOString(), end: new Date(start + 1_200_000).toISOString(), must_move: false };
  const minute = 60_000;
  expect(urgency(booking, start - 1441 * minute)).toBeNull();
  expect(urgency(booking, start - 1440 * minute)).toBe("day");
  expect(urgency(booking, start - 15 * minute)).toBe("open");
  expect(urgency(booking, start + 19 * minute)).toBe("open");
  expect(urgency(booking, start + 20 * minute)).toBeNull();
  expect(urgency({ ...booking, must_move: true }, start - 5000 * minute)).toBe("must-move");
});

test("a link is measured by itself in the last half hour, and every ten minutes", () => {
  const start = new Date(2026, 2, 20, 10).getTime();
  const booking = { start: new Date(start).toISOString(), end: new Date(start + 1_200_000).toISOString(), link: null };
  const minute = 60_000;
  const checked = (ago: number): object => ({ ...booking, link: { checked: new Date(start - ago * minute).toISOString() } });
  expect(wantsCheck(booking, start - 31 * minute)).toBe(false);
  expect(wantsCheck(booking, start - 30 * minute)).toBe(true);
  expect(wantsCheck(checked(25) as typeof booking, start - 16 * minute)).toBe(false);
  expect(wantsCheck(checked(27) as typeof booking, start - 16 * minute)).toBe(true);
  expect(wantsCheck(booking, start + 20 * minute)).toBe(false);
});

test("what was measured is a middle time and kilobits a second", () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(kbps(125_000, 1000)).toBe(1000);
  expect(kbps(1, 0)).toBe(8);
  expect(digits(262_144)).toMatch(/^[0-9a-f]{262144}$/);
  expect(caseOf({ source: "consultation/c1" })).toBe("c1");
  expect(caseOf({ source: "room/c1" })).toBe("");
});

test("a swap is asked of one's own shifts that have not begun and are asked of nobody", () => {
  const [shift] = WEEK.shifts;
  if (!shift) throw new Error("the week has a shift");
  const asked = { shift, state: "asked" } as Swap;
  expect(askable(WEEK.shifts, [], "chen", WEDNESDAY)).toEqual([shift]);
  expect(askable(WEEK.shifts, [asked], "chen", WEDNESDAY)).toEqual([]);
  expect(askable(WEEK.shifts, [{ ...asked, state: "refused" }], "chen", WEDNESDAY)).toEqual([shift]);
  expect(askable(WEEK.shifts, [], "gao", WEDNESDAY)).toEqual([]);
  expect(askable(WEEK.shifts, [], "chen", new Date(shift.start))).toEqual([]);
});

test("an hour can be earlier while more than a day is left, and always when it is lost", () => {
  const at = (hours: number): string => new Date(WEDNESDAY.getTime() + hours * 3600_000).toISOString();
  expect([at(25), at(24), at(-1), null].map((starts) => canBeEarlier(starts, WEDNESDAY.getTime()))).toEqual([true, false, false, true]);
});

test("what is booked or waits has the page of what it is for", () => {
  expect(["consultation/c1", "referral/r1", "referral/r1/2", "other/x", ""].map((source) => pageOf({ source }))).toEqual([
    "/cases/c1", "/referrals/r1", "/referrals/r1", "", "",
  ]);
});

test("a scanner is out of service where a person is away", () => {
  const away = (resources: string[]): (boolean | undefined)[] =>
    itemsOf({ ...WEEK, resources }, "chen", midnight(WEDNESDAY, 2), midnight(WEDNESDAY, 3)).map(({ thing }) => thing);
  expect([away([]), away(["chen"])]).toEqual([[undefined], [true]]);
});
