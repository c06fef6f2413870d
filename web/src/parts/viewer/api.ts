/** Pictures over DICOMweb: QIDO-RS for what there is, WADO-RS metadata and frames for how it looks (PS3.18 10.4, 10.6). */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { http } from "../../lib/http";
import { inOrder, readSeries, readSlices, type DicomJson, type Series, type Slice } from "./model";

/** One slice of how many. */
export interface First {
  slices: Slice[];
  count: number;
}

const JSON_TYPE = { Accept: "application/dicom+json" };

const root = (study: string): string => `/dicom-web/studies/${encodeURIComponent(study)}`;

/** The series of a study; asked for again when the page hears of more objects. */
export function useSeries(study: string, objects?: number): UseQueryResult<Series[]> {
  return useQuery({
    queryKey: ["dicom", study, "series", objects],
    placeholderData: (before, query) => (query?.queryKey[1] === study ? before : undefined),
    queryFn: async ({ signal }) =>
      readSeries((await http.get<DicomJson[] | undefined>(`${root(study)}/series`, { signal, headers: JSON_TYPE })) ?? []),
  });
}

/** The slices of a series, once it is their turn; asked for again when the archive counts more of them. */
export function useSlices(study: string, series: Series | undefined, turn = true): UseQueryResult<Slice[]> {
  return useQuery({
    queryKey: ["dicom", study, series?.id, series?.count],
    enabled: series !== undefined && turn,
    staleTime: Infinity,
    placeholderData: (before, query) => (query?.queryKey[2] === series?.id ? before : undefined),
    queryFn: async ({ signal }) => {
      const path = `${root(study)}/series/${encodeURIComponent(series?.id ?? "")}/metadata`;
      return readSlices((await http.get<DicomJson[] | undefined>(path, { signal, headers: JSON_TYPE })) ?? []);
    },
  });
}

/** The slice in the middle of a series, before the headers of all others have come: those of a long one take their time. */
export function useFirst(study: string, series: Series | undefined): UseQueryResult<First | null> {
  return useQuery({
    queryKey: ["dicom", study, series?.id, "first"],
    enabled: series !== undefined && (series.count ?? 0) > 1,
    staleTime: Infinity,
    retry: false, // the whole answer comes after it, and says what is wrong
    queryFn: async ({ signal }) => {
      const path = `${root(study)}/series/${encodeURIComponent(series?.id ?? "")}/instances`;
      const listed = inOrder((await http.get<DicomJson[] | undefined>(path, { signal, headers: JSON_TYPE })) ?? []);
      const middle = listed[Math.floor((listed.length - 1) / 2)];
      if (!middle) return null;
      const header = await http.get<DicomJson[]>(`${path}/${encodeURIComponent(middle)}/metadata`, { signal, headers: JSON_TYPE });
      const slices = readSlices(header);
      return slices.length === 1 ? { slices, count: listed.length } : null;
    },
  });
}

/** Where the pixels of a slice are. */
export function framePath(study: string, series: string, { id, frame }: Slice): string {
  return `${root(study)}/series/${encodeURIComponent(series)}/instances/${encodeURIComponent(id)}/frames/${frame}`;
}
