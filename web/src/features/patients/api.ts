import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Bundle, FhirResource, ImagingStudy, Patient as FhirPatient } from "fhir/r4";
import { http } from "../../lib/http";
import { readPatient, readStudy, resources, type Patient, type Served, type Study } from "./model";

const FHIR = { Accept: "application/fhir+json" };
const SHOWN = "20";

async function search<R extends FhirResource>(type: R["resourceType"], query: Record<string, string>, signal: AbortSignal): Promise<Served<R>[]> {
  const path = `/fhir/R4/${type}?${new URLSearchParams(query).toString()}`;
  return resources(await http.get<Bundle>(path, { signal, headers: FHIR }), type);
}

/** Patients whose name begins so; without a name the newest. */
export function usePatients(name: string): UseQueryResult<Patient[]> {
  return useQuery({
    queryKey: ["patients", name],
    queryFn: async ({ signal }) => {
      const query: Record<string, string> = name ? { name, _count: SHOWN } : { _count: SHOWN };
      return (await search<FhirPatient>("Patient", query, signal)).map(readPatient);
    },
    placeholderData: keepPreviousData,
  });
}

export function usePatient(id: string): UseQueryResult<Patient> {
  return useQuery({
    queryKey: ["patient", id],
    queryFn: async ({ signal }) =>
      readPatient(await http.get<Served<FhirPatient>>(`/fhir/R4/Patient/${encodeURIComponent(id)}`, { signal, headers: FHIR })),
  });
}

export function useStudies(patient: string): UseQueryResult<Study[]> {
  return useQuery({
    queryKey: ["patient", patient, "studies"],
    queryFn: async ({ signal }) =>
      (await search<ImagingStudy>("ImagingStudy", { patient }, signal)).map(readStudy),
  });
}
