/** What a stack is made of, and how one walks through it: no network, no drawing. */

/** DICOM JSON (PS3.18 F.2): a tag's values. */
export type DicomJson = Record<string, { vr: string; Value?: unknown[] } | undefined>;

/** The tags that a stack needs (PS3.6). */
const TAG = {
  seriesUid: "0020000E",
  seriesNumber: "00200011",
  seriesWords: "0008103E",
  modality: "00080060",
  count: "00201209",
  instanceUid: "00080018",
  instanceNumber: "00200013",
  thickness: "00180050",
} as const;

/** Dates and the times beside them, nearest to the picture first: acquisition, content; then series, study. */
const INSTANCE_TAKEN = [["00080022", "00080032"], ["00080023", "00080033"]] as const;
const SERIES_TAKEN = [["00080021", "00080031"], ["00080020", "00080030"]] as const;

/** When a picture was taken; a day without a time stays one. */
export interface Taken {
  at: Date;
  timed: boolean;
}

export interface Series {
  id: string;
  number: number;
  words: string;
  modality: string;
  count: number | undefined;
  taken: Taken | undefined;
}

export interface Instance {
  id: string;
  number: number;
  taken: Taken | undefined;
  thicknessMm: number | undefined;
}

function first(set: DicomJson, tag: string): unknown {
  return set[tag]?.Value?.[0];
}

function text(set: DicomJson, tag: string): string {
  const value = first(set, tag);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function amount(set: DicomJson, tag: string): number | undefined {
  const value = Number(text(set, tag) || NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** DICOM DA and TM (PS3.5 6.2) in the local zone of the device. */
export function readTaken(date: string, time: string): Taken | undefined {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (!day) return undefined;
  const clock = /^(\d{2})(\d{2})?(\d{2})?/.exec(time);
  const at = (part: string | undefined): number => Number(part ?? 0);
  const moment = new Date(at(day[1]), at(day[2]) - 1, at(day[3]), at(clock?.[1]), at(clock?.[2]), at(clock?.[3]));
  return { at: moment, timed: clock !== null };
}

function firstTaken(set: DicomJson, pairs: readonly (readonly [date: string, time: string])[]): Taken | undefined {
  return pairs.map(([date, time]) => readTaken(text(set, date), text(set, time))).find((one) => one !== undefined);
}

/** The series that hold pictures, in their own order. */
export function readSeries(answer: DicomJson[]): Series[] {
  return answer
    .map((set) => ({
      id: text(set, TAG.seriesUid),
      number: amount(set, TAG.seriesNumber) ?? 0,
      words: text(set, TAG.seriesWords),
      modality: text(set, TAG.modality),
      count: amount(set, TAG.count),
      taken: firstTaken(set, SERIES_TAKEN),
    }))
    .filter(({ id, modality }) => id && !NO_PICTURES.has(modality))
    .sort((a, b) => a.number - b.number);
}

/** Reports, segmentations and presentation states are no stack to scroll. */
const NO_PICTURES = new Set(["SR", "SEG", "PR", "KO", "RTSTRUCT", "DOC"]);

export function readInstances(answer: DicomJson[]): Instance[] {
  return answer
    .map((set) => ({
      id: text(set, TAG.instanceUid),
      number: amount(set, TAG.instanceNumber) ?? 0,
      taken: firstTaken(set, INSTANCE_TAKEN),
      thicknessMm: amount(set, TAG.thickness),
    }))
    .filter(({ id }) => id)
    .sort((a, b) => a.number - b.number);
}

export interface Window {
  name: "own" | "brain" | "subdural" | "bone" | "soft" | "lung";
  /** Centre and width in HU; none asks for the image's own. */
  values?: [centre: number, width: number];
}

export const WINDOWS: Window[] = [
  { name: "brain", values: [40, 80] },
  { name: "subdural", values: [75, 280] },
  { name: "soft", values: [50, 350] },
  { name: "lung", values: [-600, 1500] },
  { name: "bone", values: [500, 2000] },
  { name: "own" },
];

/** Hounsfield windows mean something for CT alone. */
export function windowsFor(modality: string): Window[] {
  return modality === "CT" ? WINDOWS : WINDOWS.filter(({ name }) => name === "own");
}

export function stay(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}

/** Keys as in any list: arrows one, page keys ten, home and end. Undefined for a key that moves nothing. */
export function step(key: string, index: number, count: number): number | undefined {
  const by: Record<string, number> = {
    ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -count, End: count,
  };
  const move = by[key];
  return move === undefined ? undefined : stay(index + move, count);
}

/** Which pictures to fetch next: the neighbours, nearest first, further in the direction of travel. */
export function ahead(index: number, direction: 1 | -1, count: number): number[] {
  const near = [1, 2, 3, 4, 5, 6].map((distance) => index + distance * direction);
  const behind = [1, 2].map((distance) => index - distance * direction);
  return [near[0] ?? -1, behind[0] ?? -1, ...near.slice(1), ...behind.slice(1)].filter((one) => one >= 0 && one < count);
}
