import { expect, test } from "vitest";
import { renderedPath } from "./api";
import { ahead, readInstances, readSeries, readTaken, step, windowsFor, WINDOWS } from "./model";

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
  expect(readTaken("", "0912")).toBeUndefined();
  expect(readTaken("20260318", "091230.5")).toEqual({ at: new Date(2026, 2, 18, 9, 12, 30), timed: true });
  expect(readTaken("20260318", "09")).toEqual({ at: new Date(2026, 2, 18, 9), timed: true });
});

test("a day without a time gets no midnight", () => {
  expect(readTaken("20260318", "")).toEqual({ at: new Date(2026, 2, 18), timed: false });
});

test("the date nearest to the picture counts: acquisition, then content", () => {
  const taken = (set: object): string | undefined => readInstances([{ "00080018": value("1"), ...set }])[0]?.taken?.at.toDateString();
  const content = { "00080023": value("20260319"), "00080033": value("1000") };
  expect(taken({ ...content, "00080022": value("20260318") })).toBe("Wed Mar 18 2026");
  expect(taken(content)).toBe("Thu Mar 19 2026");
  expect(taken({ ...content, "00080022": { vr: "DA" } })).toBe("Thu Mar 19 2026");
  expect(taken({})).toBeUndefined();
});

test("a series has its own date, else its study's", () => {
  const taken = (set: object): string | undefined => readSeries([{ "0020000E": value("1"), ...set }])[0]?.taken?.at.toDateString();
  const study = { "00080020": value("20260317"), "00080030": value("0800") };
  expect(taken({ ...study, "00080021": value("20260318") })).toBe("Wed Mar 18 2026");
  expect(taken(study)).toBe("Tue Mar 17 2026");
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

test("a window is asked for by centre and width, the image's own by nothing", () => {
  const asked = Object.fromEntries(WINDOWS.map((one) => [one.name, renderedPath("1.2", "1.3", "1.4", one).split("/rendered")[1]]));
  expect(asked).toMatchObject({ brain: "?window=40,80,linear", lung: "?window=-600,1500,linear", own: "" });
});
