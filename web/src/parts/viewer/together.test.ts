import { expect, test } from "vitest";
import { holding, hueOf, readPoint, readStroke, readView } from "./together";

const VIEW = { study: "1.2", series: "1.2.3", instance: "1.2.3.4", frame: 1, focus: [256, 200], extent_mm: [300, 200], window: [40, 80] };

test("a window of another shape holds all that the leader sees", () => {
  expect(holding([300, 200], 1)).toEqual([300, 300]);
  expect(holding([300, 200], 3)).toEqual([600, 200]);
  expect(holding([300, 200], 1.5)).toEqual([300, 200]);
});

test("somebody has the same colour on every page", () => {
  expect(hueOf("chenyuan")).toBe(hueOf("chenyuan"));
  expect(hueOf("a")).not.toBe(hueOf("b"));
});

test("a view, a pointer and a stroke are read, and what is none is let go", () => {
  expect(readView(VIEW)).toEqual(VIEW);
  expect(readView({ ...VIEW, window: null })?.window).toBeNull();
  for (const odd of [undefined, 7, {}, { ...VIEW, focus: [1] }, { ...VIEW, extent_mm: ["a", 1] }]) expect(readView(odd)).toBeUndefined();
  expect(readPoint({ instance: "1", frame: 1, at: [1, 2] })).toEqual({ instance: "1", frame: 1, at: [1, 2] });
  expect(readPoint(null)).toBeUndefined();
  const stroke = { id: "m1", kind: "length", study: "1", series: "1", instance: "1", frame: 1, points: [[1, 2], [3, 4]] };
  expect(readStroke(stroke)).toEqual({ ...stroke, measured: {} });
  expect(readStroke({ ...stroke, kind: "key" })).toBeUndefined();
  expect(readStroke({ ...stroke, points: [["x", 1]] })).toBeUndefined();
});
