/** FHIR R4 resources as a page needs them. Wire spellings stop here. */
import type { Person } from "../../ui/Who";

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}

export interface Concept {
  coding?: Coding[];
  text?: string;
}

export interface FhirPatient {
  resourceType: "Patient";
  id: string;
  name?: { text?: string; family?: string; given?: string[] }[];
  gender?: string;
  birthDate?: string;
  identifier?: { system?: string; value?: string; type?: Concept }[];
  telecom?: { system?: string; value?: string }[];
  address?: { text?: string }[];
}

export interface FhirStudy {
  resourceType: "ImagingStudy";
  id: string;
  identifier?: { system?: string; value?: string }[];
  started?: string;
  description?: string;
  numberOfInstances?: number;
  modality?: Coding[];
}

export interface FhirReport {
  resourceType: "DiagnosticReport";
  id: string;
  status: string;
  code?: Concept;
  effectiveDateTime?: string;
  issued?: string;
  conclusion?: string;
  performer?: { display?: string }[];
}

export interface Bundle<R> {
  entry?: { resource?: R | { resourceType: "OperationOutcome" } }[];
  link?: { relation: string; url: string }[];
}

export function resources<R extends { resourceType: string }>(bundle: Bundle<R>, type: R["resourceType"]): R[] {
  return (bundle.entry ?? []).map(({ resource }) => resource).filter((one): one is R => one?.resourceType === type);
}

function nameOf(patient: FhirPatient): string {
  const name = patient.name?.[0];
  if (!name) return "";
  if (name.text) return name.text;
  const given = name.given?.join(" ") ?? "";
  // Chinese names are written family first and closed up
  return /[\u4e00-\u9fff]/.test(name.family ?? "") ? `${name.family ?? ""}${given}` : [given, name.family].filter(Boolean).join(" ");
}

/** All but the first four and the last four characters hidden; what comes masked stays as it is. */
export function maskId(value: string): string {
  if (value.includes("*") || value.length < 9) return value;
  return value.slice(0, 4) + "*".repeat(value.length - 8) + value.slice(-4);
}

export interface Patient extends Person {
  id: string;
  phone?: string;
  address?: string;
}

export function readPatient(resource: FhirPatient): Patient {
  const id = resource.identifier?.find(({ value }) => value)?.value;
  const phone = resource.telecom?.find(({ system }) => system === "phone")?.value;
  const address = resource.address?.[0]?.text;
  return {
    id: resource.id,
    name: nameOf(resource),
    sex: resource.gender,
    birth_date: resource.birthDate,
    masked_id: id && maskId(id),
    ...(phone ? { phone } : {}),
    ...(address ? { address } : {}),
  };
}

export interface Study {
  id: string;
  uid: string;
  title: string;
  startedAt: string | undefined;
  images: number | undefined;
}

/** The Study Instance UID stands as an identifier `urn:dicom:uid` | `urn:oid:...` */
export function readStudy(resource: FhirStudy): Study {
  const uid = resource.identifier?.find(({ system }) => system === "urn:dicom:uid")?.value?.replace(/^urn:oid:/, "") ?? "";
  const modality = resource.modality?.map(({ code }) => code).filter(Boolean).join(" ") ?? "";
  return {
    id: resource.id,
    uid,
    title: resource.description || modality || "—",
    startedAt: resource.started,
    images: resource.numberOfInstances,
  };
}

export interface Report {
  id: string;
  title: string;
  status: string;
  at: string | undefined;
  conclusion: string;
}

export function readReport(resource: FhirReport): Report {
  return {
    id: resource.id,
    title: resource.code?.text ?? resource.code?.coding?.[0]?.display ?? "—",
    status: resource.status,
    at: resource.effectiveDateTime ?? resource.issued,
    conclusion: resource.conclusion ?? "",
  };
}
