import { expect, test } from "vitest";
import { counted, lastDays, line, reached, standing, top, type Track } from "./model";

const track = (now: number | null): Track => ({ aim: "emergency-answer", unit: "s", start: 2700, goal: 180, now, unmeasured: "" });

test("a range of days ends today and counts both ends", () => {
  expect(lastDays(30, new Date(2026, 2, 18))).toEqual({ from: "2026-02-17", to: "2026-03-18" });
});

test("a track is met at its goal, near from two thirds on, and unknown without a value", () => {
  expect([reached(track(2700)), reached(track(1440)), reached(track(100)), reached(track(9000))]).toEqual([0, 0.5, 1, 0]);
  expect([standing(track(180)), standing(track(600)), standing(track(1440)), standing(track(null))]).toEqual(["met", "near", "behind", "unknown"]);
});

test("few is told as few, none as none", () => {
  expect([counted(null, 5), counted(0, 5), counted(12, 5)]).toEqual(["<5", "0", "12"]);
});

test("a line runs from the first week to the last, and an axis ends at a round number", () => {
  expect(line([0, 10, null], 10, 100, 50)).toBe("0.0,50.0 50.0,0.0 100.0,50.0");
  expect(line([10], 10, 100, 50)).toBe("50.0,0.0");
  expect([top([]), top([3]), top([14, null]), top([246])]).toEqual([1, 5, 20, 500]);
});
