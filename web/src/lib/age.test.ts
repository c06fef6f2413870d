import { afterEach, expect, test, vi } from "vitest";
import { ageOn } from "./age";

afterEach(() => vi.unstubAllEnvs());

const on = (text: string): Date => {
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year ?? 0, (month ?? 1) - 1, day ?? 1, 12);
};

// Worked by hand, across month ends and leap days
test.each([
  ["1962-03-17", "2026-03-16", "63 year"],
  ["1962-03-17", "2026-03-17", "64 year"],
  ["2024-02-29", "2026-02-28", "23 month"],
  ["2024-02-29", "2026-03-01", "2 year"],
  ["2026-01-31", "2026-02-28", "28 day"],
  ["2026-01-31", "2026-03-01", "1 month"],
  ["2025-12-30", "2026-03-18", "2 month"],
  ["2026-03-18", "2026-03-18", "0 day"],
  ["1962", "2026-01-01", "64 year"],
])("born %s, on %s: %s", (born, today, age) => {
  const found = ageOn(born, on(today));
  expect(found && `${found.value} ${found.unit}`).toBe(age);
});

test("a birth in the future, or none, has no age", () => {
  expect(ageOn("2027-01-01", on("2026-03-18"))).toBeNull();
  expect(ageOn(undefined, on("2026-03-18"))).toBeNull();
  expect(ageOn("unknown", on("2026-03-18"))).toBeNull();
});

// One instant, two calendars: a birthday begins where the page is
test.each([
  ["Asia/Shanghai", 64],
  ["America/New_York", 63],
])("in %s, at 23:30 UTC on the eve, the age is %i", (zone, years) => {
  vi.stubEnv("TZ", zone);
  expect(ageOn("1962-03-17", new Date("2026-03-16T23:30:00Z"))).toEqual({ value: years, unit: "year" });
});
