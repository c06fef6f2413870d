import { expect, test } from "vitest";
import { lastBy, length_ms, lines, within, type Film } from "./model";

const film = (at_ms: number, lasts_ms: number): Film => ({
  nth: 1, person: { id: "a", name: "A" }, label: "", type: "video/webm", bytes: 1, at_ms, lasts_ms, counts: {},
});
const BEGUN = "2026-09-01T08:00:00Z", ENDED = "2026-09-01T08:01:00Z";

test("a film is on from its beginning to its end, and stands where the whole is", () => {
  const one = film(5000, 10_000);
  expect([4999, 5000, 9500, 14_999, 15_000].map((now) => within(one, now))).toEqual([undefined, 0, 4.5, 9.999, undefined]);
});

test("the whole is as long as the recording, or as its last film", () => {
  expect(length_ms([film(0, 1000)], BEGUN, ENDED)).toBe(60_000);
  expect(length_ms([film(55_000, 9000)], BEGUN, ENDED)).toBe(64_000);
  expect(length_ms([], BEGUN, null)).toBe(0);
});

test("what was written meanwhile stands among what happened, and nothing of before or after", () => {
  const said = (at: string, text: string) => ({ id: at, at, who: { id: "x", name: "许静" }, text, key: "" });
  const all = lines(
    [{ at_ms: 0, what: "recording-begun", person: "c", reason: "" }, { at_ms: 50_000, what: "recording-stopped", person: "c", reason: "" }], [said("2026-09-01T07:59:59Z", "before"), said("2026-09-01T08:00:20Z", "meanwhile"), said("2026-09-01T08:01:01Z", "after")],
    BEGUN, ENDED,
  );
  expect(all.map(({ at_ms, what, words }) => [at_ms, what, words])).toEqual([[0, "recording-begun", ""], [20_000, "chat", "meanwhile"], [50_000, "recording-stopped", ""]]);
  expect([-1, 0, 20_000, 49_999, 99_000].map((now) => lastBy(all, now))).toEqual([-1, 0, 1, 1, 2]);
});
