import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./paced";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the first is told at once, of those that come quickly the last, and none is told twice", () => {
  const told: number[] = [];
  const tell = paced<number>(30, (value) => told.push(value));
  tell(1);
  tell(2);
  tell(3);
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(30);
  expect(told).toEqual([1, 3]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([1, 3]);
  tell(4);
  expect(told).toEqual([1, 3, 4]);
});
