/** FHIR R4 resources as a page needs them. Wire spellings stop here. */
import type { Bundle, FhirResource, ImagingStudy, Patient as FhirPatient } from "fhir/r4";
import type { Person } from "../../ui/Who";

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

export function readPatient(resource: Served<FhirPatient>): Patient {
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
