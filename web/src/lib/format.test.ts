import { afterEach, expect, test, vi } from "vitest";
import { day, duration, fhirMoment, minutes, moment, span, zoneOffset } from "./format";

afterEach(() => vi.unstubAllEnvs());

const at = new Date(2026, 2, 18, 9, 46);

test("Chinese days are set with spaces, English ones as they are said", () => {
  expect(day(at, "zh")).toBe("3 月 18 日 周三");
  expect(day(at, "en")).toBe("Wed 18 March");
});

test("today the time alone says enough, another day stands before it", () => {
  expect(moment(new Date(2026, 2, 18, 8, 5), at, "zh")).toBe("08:05");
  expect(moment(new Date(2026, 2, 17, 16, 40), at, "zh")).toBe("3 月 17 日 16:40");
  expect(moment(new Date(2025, 5, 1, 16, 40), at, "en")).toContain("2025");
});

test("a day without a time gets none invented", () => {
  expect(fhirMoment("2026-03-18", at, "zh")).toBe("2026-03-18");
});

test.each([
  ["Asia/Shanghai", "UTC+8", "3 月 18 日 07:30"],
  ["Asia/Kolkata", "UTC+5:30", "3 月 18 日 05:00"],
  ["America/New_York", "UTC−4", "3 月 17 日 19:30"],
])("in %s a time is told as there, and the zone is named", (zone, offset, told) => {
  vi.stubEnv("TZ", zone);
  const instant = new Date("2026-03-17T23:30:00Z");
  expect(zoneOffset(instant)).toBe(offset);
  expect(moment(instant, new Date("2026-03-25T00:00:00Z"), "zh")).toBe(told);
});

test("a countdown never runs below zero", () => {
  expect(minutes(134)).toBe("2:14");
  expect(minutes(38, true)).toBe("00:38");
  expect(minutes(-5)).toBe("0:00");
});

test("a span is said in its largest whole unit", () => {
  expect(span(0.84, "zh")).toEqual({ value: "1", unit: "second" });
  expect(span(3.96, "zh")).toEqual({ value: "3", unit: "second" });
  expect(span(42.9, "zh")).toEqual({ value: "42", unit: "second" });
  expect(span(252, "en")).toEqual({ value: "4", unit: "minute" });
  expect(span(26 * 3600, "en")).toEqual({ value: "26", unit: "hour" });
  expect(span(3 * 86_400, "en")).toEqual({ value: "3", unit: "day" });
});

test("how long something goes on is read as on a clock", () => {
  expect([0, 59.9, 728, 3599, 3600, 3728].map(duration)).toEqual(["00:00", "00:59", "12:08", "59:59", "1:00:00", "1:02:08"]);
});
