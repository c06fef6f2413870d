import type { Identifier } from "fhir/r4";
import { expect, test } from "vitest";
import { maskId, numberOf, readPatient, readStudy, resources } from "./model";

test("a number is shown by its ends alone, and masked ones as they come", () => {
  expect(maskId("610100196203170426")).toBe("6101**********0426");
  expect(maskId("6101**********0426")).toBe("6101**********0426");
  expect(maskId("00017")).toBe("***17");
});

test("a patient is told by the identity card's ends, without one by the record number, and by nothing else whole", () => {
  const of = (...identifier: Identifier[]): unknown => numberOf({ resourceType: "Patient", identifier });
  const record = { value: "000017243", type: { coding: [{ code: "MR" }] } };
  const passport = { value: "E12345678", type: { coding: [{ code: "PPN" }] } };
  const masked = { number: "6101**********0426", number_kind: "card" };
  expect(of(record, { system: "urn:yuanzhen:number:NNCHN", value: "610100196203170426" })).toEqual(masked);
  expect(of({ system: "urn:his", value: "610100196203170426" })).toEqual(masked); // a HIS that counts by cards
  expect(of(passport, record)).toEqual({ number: "000017243", number_kind: "record" });
  expect(of(passport)).toEqual({ number: "E123*5678", number_kind: "other" });
  expect(of({ ...record, use: "old" }, { system: "urn:his", value: "A-1" })).toEqual({ number: "A-1", number_kind: "record" });
  expect(of()).toEqual({});
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
