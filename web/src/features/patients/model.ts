/** FHIR R4 resources as a page needs them. Wire spellings stop here. */
import type { Bundle, FhirResource, Identifier, ImagingStudy, Patient as FhirPatient } from "fhir/r4";
import type { NumberKind, Person } from "../../ui/Who";

/** R4 leaves the id out of what is not stored yet; what is served has one. */
export type Served<R extends FhirResource> = R & { id: string };

/** What a search found of the type that was asked for, without what the server says beside it. */
export function resources<R extends FhirResource>(bundle: Bundle, type: R["resourceType"]): Served<R>[] {
  return (bundle.entry ?? []).map(({ resource }) => resource).filter((one): one is Served<R> => one?.resourceType === type && one.id !== undefined);
}

function nameOf(patient: FhirPatient): string {
  const name = patient.name?.[0];
  if (!name) return "";
  if (name.text) return name.text;
  const given = name.given?.join(" ") ?? "";
  // Chinese names are written family first and closed up
  return /[\u4e00-\u9fff]/.test(name.family ?? "") ? `${name.family ?? ""}${given}` : [given, name.family].filter(Boolean).join(" ");
}

/** All but the first four and the last four characters hidden, of a short one all but two; what comes masked stays as it is. */
export function maskId(value: string): string {
  if (value.includes("*")) return value;
  if (value.length < 9) return "*".repeat(Math.max(value.length - 2, 0)) + value.slice(-2);
  return value.slice(0, 4) + "*".repeat(value.length - 8) + value.slice(-4);
}

// HL7 table 0203, and where the identity card's number stands: as data/masking/identity.py has it
const CARD_TYPES = ["NNCHN", "NI", "NN"];
const CARD_SYSTEMS = ["urn:yuanzhen:number:NNCHN", "urn:oid:2.16.156.10011.1.3"];
const RECORD_TYPES = ["MR", "PI", "PT", "AN"];
const CARD = /^[1-9]\d{13}(\d|\d{3}[\dX])$/i;

function kindOf({ value = "", system = "", type }: Identifier): NumberKind {
  const codes = type?.coding?.map(({ code }) => code ?? "") ?? [];
  if (codes.some((code) => CARD_TYPES.includes(code)) || CARD_SYSTEMS.includes(system) || CARD.test(value)) return "card";
  return codes.every((code) => RECORD_TYPES.includes(code)) ? "record" : "other";
}

/** The number that a patient is told by: the identity card's, masked; else the record's; else another, masked. */
export function numberOf(patient: FhirPatient): Pick<Person, "number" | "number_kind"> {
  const told = (patient.identifier ?? []).filter(({ value, use }) => value && use !== "old");
  for (const kind of ["card", "record", "other"] as const) {
    const value = told.find((one) => kindOf(one) === kind)?.value;
    if (value) return { number: kind === "record" ? value : maskId(value), number_kind: kind };
  }
  return {};
}

export interface Patient extends Person {
  id: string;
  phone?: string;
  address?: string;
}

export function readPatient(resource: Served<FhirPatient>): Patient {
  const phone = resource.telecom?.find(({ system }) => system === "phone")?.value;
  const address = resource.address?.[0]?.text;
  return {
    id: resource.id,
    name: nameOf(resource),
    sex: resource.gender,
    birth_date: resource.birthDate,
    ...numberOf(resource),
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
export function readStudy(resource: Served<ImagingStudy>): Study {
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
