import { expect, test } from "vitest";
import { maskId, readPatient, readStudy, resources } from "./model";

test("a number is shown by its ends alone, and masked ones as they come", () => {
  expect(maskId("610100196203170426")).toBe("6101**********0426");
  expect(maskId("6101**********0426")).toBe("6101**********0426");
});

test("Chinese names are closed up, others are not", () => {
  const name = (family: string, given: string[]): string => readPatient({ resourceType: "Patient", id: "p", name: [{ family, given }] }).name;
  expect(name("刘", ["淑英"])).toBe("刘淑英");
  expect(name("Smith", ["Ann", "Mary"])).toBe("Ann Mary Smith");
});

test("the text of a name wins over its parts", () => {
  const patient = readPatient({ resourceType: "Patient", id: "p", name: [{ text: "刘淑英", family: "Liu" }], gender: "female", birthDate: "1962-03-17" });
  expect(patient).toMatchObject({ id: "p", name: "刘淑英", sex: "female", birth_date: "1962-03-17" });
});

test("a study is found by its UID", () => {
  const study = readStudy({ resourceType: "ImagingStudy", id: "s", status: "available", subject: {}, identifier: [{ system: "urn:dicom:uid", value: "urn:oid:1.2.3" }], modality: [{ code: "CT" }] });
  expect(study).toMatchObject({ uid: "1.2.3", title: "CT" });
});

test("what else a bundle holds is left out", () => {
  const outcome = { resourceType: "OperationOutcome" as const, issue: [] };
  const patient = { resourceType: "Patient" as const, id: "p" };
  expect(resources({ resourceType: "Bundle", type: "searchset", entry: [{ resource: patient }, { resource: outcome }, {}] }, "Patient")).toEqual([patient]);
});
