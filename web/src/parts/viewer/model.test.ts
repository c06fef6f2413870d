import { expect, test } from "vitest";
import { framePath } from "./api";
import { ahead, counterpart, edges, inOrder, inStep, offsetMm, readSeries, readSlices, readTaken, step, toBody, toPicture, windowsFor, type DicomJson, type Slice } from "./model";

const value = (one: unknown): { vr: string; Value: unknown[] } => ({ vr: "XX", Value: [one] });

const values = (...all: unknown[]): { vr: string; Value: unknown[] } => ({ vr: "XX", Value: all });

const image = (set: object = {}): DicomJson => ({ "00080018": value("1"), "00280010": value(512), "00280011": value(512), ...set });

/** A stack along the body: one slice each `everyMm` from `firstMm` on. */
const stack = (count: number, firstMm: number, everyMm: number): Slice[] =>
  readSlices(Array.from({ length: count }, (_, at) =>
    image({ "00080018": value(`1.${at}`), "00200013": value(at), "00200032": values(-10, -20, firstMm + at * everyMm), "00200037": values(1, 0, 0, 0, 1, 0) })));

test("slices stand in the order of their numbers", () => {
  const found = readSlices([10, 2, 1].map((number) => image({ "00080018": value(`1.${number}`), "00200013": value(number) })));
  expect(found.map(({ id }) => id)).toEqual(["1.1", "1.2", "1.10"]);
});

test("an object of several frames is as many slices, one without pixels none", () => {
  const found = readSlices([image({ "00280008": value(3) }), { "00080018": value("2") }]);
  expect(found.map(({ id, frame }) => [id, frame])).toEqual([["1", 1], ["1", 2], ["1", 3]]);
  expect(framePath("1.2", "1.3", { ...found[1] } as Slice)).toBe("/dicom-web/studies/1.2/series/1.3/instances/1/frames/2");
});

test("a prior study shows the same place, whatever its spacing", () => {
  const now = stack(100, 0, 1);
  const before = stack(20, 0, 5);
  expect(inStep(now, 51, before)).toBe(10);
  expect(inStep(before, 10, now)).toBe(50);
  expect(inStep(now, 99, before)).toBe(19);
});

test("out of step by hand and linked again: that difference stays", () => {
  const now = stack(100, 0, 1);
  const before = stack(100, 30, 1);
  const offset = offsetMm(now[10], before[10]);
  expect(offset).toBe(30);
  expect(inStep(now, 40, before, offset)).toBe(40);
  expect(inStep(before, 40, now, -offset)).toBe(40);
});

test("without places, or across planes, as far through the stack", () => {
  const plain = readSlices(Array.from({ length: 11 }, (_, at) => image({ "00080018": value(`2.${at}`), "00200013": value(at) })));
  expect(inStep(plain, 5, stack(101, 0, 1))).toBe(50);
  const coronal = stack(101, 0, 1).map((one) => ({ ...one, orientation: [1, 0, 0, 0, 0, -1] }));
  expect(inStep(stack(11, 0, 1), 5, coronal)).toBe(50);
  expect(inStep(plain.slice(0, 1), 0, plain)).toBe(0);
});

test("the edges of a picture name the sides of the patient", () => {
  expect(edges([1, 0, 0, 0, 1, 0])).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
  expect(edges([0, 1, 0, 0, 0, -1])).toEqual({ left: "A", right: "P", top: "H", bottom: "F" });
  expect(edges([0.8, 0.6, 0, 0, 0, -1])).toEqual({ left: "RA", right: "LP", top: "H", bottom: "F" });
  expect(edges(undefined)).toEqual({ left: "", right: "", top: "", bottom: "" });
});

test("beside a series lies one of its modality, with its words if there is one", () => {
  const one = (id: string, modality: string, words: string, count: number) => ({ id, number: 1, words, modality, count, taken: undefined });
  const series = one("1", "CT", "lung", 300);
  expect(counterpart(series, [one("2", "MR", "lung", 900), one("3", "CT", "bone", 500), one("4", "CT", "lung", 20)])?.id).toBe("4");
  expect(counterpart(series, [one("2", "MR", "lung", 900), one("3", "CT", "bone", 500)])?.id).toBe("3");
  expect(counterpart(series, [])).toBeUndefined();
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
  const taken = (set: object): string | undefined => readSlices([image(set)])[0]?.taken?.at.toDateString();
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

test("all are fetched, the nearest first, further ahead than behind", () => {
  expect(ahead(5, 1, 100).slice(0, 6)).toEqual([6, 7, 4, 8, 9, 3]);
  expect(ahead(5, -1, 100).slice(0, 3)).toEqual([4, 3, 6]);
  expect(ahead(0, 1, 3)).toEqual([1, 2]);
  for (const at of [0, 150, 299]) expect([...ahead(at, 1, 300), at].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, one) => one));
});

test("windows in HU are for CT alone; elsewhere they are shares of the picture's own", () => {
  expect(windowsFor("CT").find(({ name }) => name === "brain")?.values).toEqual([40, 80]);
  expect(windowsFor("MR").map(({ name }) => name)).toEqual(["own"]);
  expect(windowsFor("MR", [600, 1200]).map(({ values }) => values)).toEqual([undefined, [600, 600], [600, 2400]]);
});

test("a point is counted from the corner of the first pixel, also where pixels are no squares", () => {
  const plane = { origin: [-100, -50, 30], row: [1, 0, 0], column: [0, 0, -1], columnMm: 0.5, rowMm: 2 };
  expect(toPicture(plane, [-100, -50, 30])).toEqual([0.5, 0.5]);
  expect(toPicture(plane, [-95, -50, 20])).toEqual([10.5, 5.5]);
  expect(toBody(plane, [10.5, 5.5])).toEqual([-95, -50, 20]);
});

test("a list of objects is read in the order of their numbers, without those that are no pictures", () => {
  const listed = [image({ "00080018": value("b"), "00200013": value(2) }), image({ "00080018": value("a"), "00200013": value(1) }), { "00080018": value("sr") }];
  expect(inOrder(listed)).toEqual(["a", "b"]);
});
