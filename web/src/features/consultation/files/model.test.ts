import { expect, test } from "vitest";
import { afterFailure, waitS } from "../../../lib/trying";
import { Problem } from "../../../lib/problem";
import { leftOf, markOf, pieceOf, placeOf, rateOf, SMALLEST_PIECE } from "./model";

test("a piece is as long as a second's sending, within what the server takes", () => {
  expect([0, 1_000_000, 1e9].map((rate) => pieceOf(rate, 16 * 2 ** 20))).toEqual([SMALLEST_PIECE, 1_000_000, 16 * 2 ** 20]);
});

test("how long the rest takes follows the rate of late", () => {
  const rate = rateOf(rateOf(0, 1000, 1), 3000, 1);
  expect(rate).toBe(2000);
  const one = { key: "k", name: "n", bytes: 10_000, got: 4000, state: "sending" as const };
  expect(leftOf({ ...one, rate })).toBe(3);
  expect(leftOf({ ...one, rate: 0 })).toBeUndefined();
});

test("a line that is down is waited for, another place is gone to, a refusal is the end", () => {
  const problem = (status: number, code = "x", facts = {}): Problem => new Problem({ status, code, ...facts });
  expect([problem(409, "file.offset", { offset: 512 }), problem(409)].map(placeOf)).toEqual([512, undefined]);
  expect([0, 503, 507].map((status) => afterFailure(problem(status)))).toEqual(["again", "again", "again"]);
  expect([403, 404, 409, 422].map((status) => afterFailure(problem(status)))).toEqual(["failed", "failed", "failed", "failed"]);
  expect([0, 1, 2, 10].map(waitS)).toEqual([1, 2, 4, 15]);
});

test("a file is known again by its name, its size and when it was changed", () => {
  const file = { name: "ct.zip", size: 5, lastModified: 7 };
  expect(markOf(file)).toBe("5/7/ct.zip");
  expect(markOf({ ...file, lastModified: 8 })).not.toBe(markOf(file));
});
