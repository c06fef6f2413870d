/** Pictures over DICOMweb: QIDO-RS for what there is, WADO-RS metadata and frames for how it looks (PS3.18 10.4, 10.6). */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { http } from "../../lib/http";
import { readSeries, readSlices, type DicomJson, type Series, type Slice } from "./model";

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

/** The slices of a series; asked for again when the archive counts more of them. */
export function useSlices(study: string, series: Series | undefined): UseQueryResult<Slice[]> {
  return useQuery({
    queryKey: ["dicom", study, series?.id, series?.count],
    enabled: series !== undefined,
    staleTime: Infinity,
    placeholderData: (before, query) => (query?.queryKey[2] === series?.id ? before : undefined),
    queryFn: async ({ signal }) => {
      const path = `${root(study)}/series/${encodeURIComponent(series?.id ?? "")}/metadata`;
      return readSlices((await http.get<DicomJson[] | undefined>(path, { signal, headers: JSON_TYPE })) ?? []);
    },
  });
}

/** Where the pixels of a slice are. */
export function framePath(study: string, series: string, { id, frame }: Slice): string {
  return `${root(study)}/series/${encodeURIComponent(series)}/instances/${encodeURIComponent(id)}/frames/${frame}`;
}
