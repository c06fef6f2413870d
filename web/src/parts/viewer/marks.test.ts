import { expect, test } from "vitest";
import { done, ellipseIn, keyImages, lines, measuredOf, undone, whose, type Mark } from "./marks";

const mark = (id: string, set: Partial<Mark> = {}): Mark => ({
  id, kind: "length", study: "1", series: "2", instance: "3", frame: 1, points: [[0, 0], [3, 4]], measured: { length_mm: 5 }, ...set,
});

test("a deed adds, moves or removes, and undone it leaves what stood there before", () => {
  const [a, b] = [mark("a"), mark("b")];
  const moved = mark("a", { points: [[1, 1], [3, 4]] });
  for (const deed of [{ before: undefined, after: b }, { before: a, after: moved }, { before: a, after: undefined }]) {
    expect(done(done([a], deed), undone(deed))).toEqual([a]);
  }
  expect(done([a, b], { before: a, after: moved })).toEqual([b, moved]);
});

test("undoing what another has removed meanwhile brings it back", () => {
  expect(done([], undone({ before: mark("a"), after: undefined }))).toEqual([mark("a")]);
});

test("an ellipse is set by two corners, whichever come first", () => {
  const ends = [[3, 6], [3, 2], [1, 4], [5, 4]];
  expect(ellipseIn([1, 2], [5, 6])).toEqual(ends);
  expect(ellipseIn([5, 6], [1, 2])).toEqual(ends);
});

test("figures carry their units, and what was not measured is not said", () => {
  expect(lines({ length_mm: 8.249 })).toEqual([["length_mm", 8.2, "mm"]]);
  expect(lines({ area_mm2: 52.36, mean: -612.4, sd: 30, unit: "HU" })).toEqual([["area_mm2", 52, "mm²"], ["mean", -612, "HU"], ["sd", 30, "HU"]]);
});

test("key images are those of this series", () => {
  expect(keyImages([mark("a"), mark("b", { kind: "key" }), mark("c", { kind: "key", series: "9" })], "2").map(({ id }) => id)).toEqual(["b"]);
});

test("marks that are kept say whose they are and when the last was set", () => {
  const [first, last] = ["2026-03-18T09:00:00Z", "2026-03-18T09:31:00Z"];
  expect(whose([mark("a", { by: "陈予安", at: last }), mark("b", { by: "陈予安", at: first }), mark("c", { by: "高明" }), mark("d")])).toEqual({
    count: 3, who: ["陈予安", "高明"], at: last,
  });
  expect(whose([mark("a")])).toBeUndefined();
});

test("the figures are those of the picture for which they were reckoned", () => {
  expect(measuredOf({ before: { length: null, unit: null }, now: { length: 9.714, modalityUnit: "HU" } })).toEqual({ length_mm: 9.71, unit: "HU" });
  expect(measuredOf({ before: { length: null, unit: null } })).toEqual({});
  expect(measuredOf(undefined)).toEqual({});
});
