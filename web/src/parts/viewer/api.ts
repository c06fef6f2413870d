/** Pictures over DICOMweb: QIDO-RS for what there is, WADO-RS rendered for how it looks (PS3.18 10.4, 10.6). */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { http } from "../../lib/http";
import { readInstances, readSeries, type DicomJson, type Instance, type Series, type Window } from "./model";

/** How often a study that is arriving is looked at again. */
const ARRIVING_MS = 3000;

const JSON_TYPE = { Accept: "application/dicom+json" };

const root = (study: string): string => `/dicom-web/studies/${encodeURIComponent(study)}`;

export function useSeries(study: string, arriving: boolean): UseQueryResult<Series[]> {
  return useQuery({
    queryKey: ["dicom", study],
    refetchInterval: arriving && ARRIVING_MS,
    queryFn: async ({ signal }) =>
      readSeries((await http.get<DicomJson[] | undefined>(`${root(study)}/series`, { signal, headers: JSON_TYPE })) ?? []),
  });
}

export function useInstances(study: string, series: string | undefined, arriving: boolean): UseQueryResult<Instance[]> {
  return useQuery({
    queryKey: ["dicom", study, series],
    enabled: series !== undefined,
    refetchInterval: arriving && ARRIVING_MS,
    queryFn: async ({ signal }) => {
      const path = `${root(study)}/series/${encodeURIComponent(series ?? "")}/instances`;
      return readInstances((await http.get<DicomJson[] | undefined>(path, { signal, headers: JSON_TYPE })) ?? []);
    },
  });
}

export function renderedPath(study: string, series: string, instance: string, window: Window): string {
  const path = `${root(study)}/series/${encodeURIComponent(series)}/instances/${encodeURIComponent(instance)}/rendered`;
  return window.values ? `${path}?window=${window.values.join(",")},linear` : path;
}
