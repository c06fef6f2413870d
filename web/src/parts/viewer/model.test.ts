import { expect, test } from "vitest";
import { ahead, readInstances, readMoment, readSeries, step, windowsFor } from "./model";

const value = (one: unknown): { vr: string; Value: unknown[] } => ({ vr: "XX", Value: [one] });

test("slices stand in the order of their numbers", () => {
  const found = readInstances([10, 2, 1].map((number) => ({ "00080018": value(`1.${number}`), "00200013": value(number) })));
  expect(found.map(({ id }) => id)).toEqual(["1.1", "1.2", "1.10"]);
});

test("series without pictures are no stack", () => {
  const found = readSeries(["CT", "SR"].map((modality, index) => ({ "0020000E": value(`1.${index}`), "00080060": value(modality) })));
  expect(found.map(({ modality }) => modality)).toEqual(["CT"]);
});

test("a missing date stays missing, a time may be short", () => {
  expect(readMoment("", "0912")).toBeUndefined();
  expect(readMoment("20260318", "091230.5")).toEqual(new Date(2026, 2, 18, 9, 12, 30));
  expect(readMoment("20260318", "")).toEqual(new Date(2026, 2, 18));
});

test("keys turn pages and stop at the ends", () => {
  expect(step("ArrowDown", 3, 10)).toBe(4);
  expect(step("PageUp", 3, 10)).toBe(0);
  expect(step("End", 3, 10)).toBe(9);
  expect(step("a", 3, 10)).toBeUndefined();
});

test("the neighbours are fetched first, further ahead than behind", () => {
  expect(ahead(5, 1, 100)).toEqual([6, 4, 7, 8, 9, 10, 11, 3]);
  expect(ahead(0, 1, 3)).toEqual([1, 2]);
});

test("windows in HU are for CT alone", () => {
  expect(windowsFor("CT").find(({ name }) => name === "brain")?.values).toEqual([40, 80]);
  expect(windowsFor("MR").map(({ name }) => name)).toEqual(["own"]);
});
