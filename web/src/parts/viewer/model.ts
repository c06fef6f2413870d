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
  frames: "00280008",
  rows: "00280010",
  columns: "00280011",
  position: "00200032",
  orientation: "00200037",
  reference: "00200052",
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

/** One picture of a stack: an object, or one frame of it. */
export interface Slice {
  /** SOP Instance UID */
  id: string;
  /** From 1 */
  frame: number;
  number: number;
  taken: Taken | undefined;
  thicknessMm: number | undefined;
  /** Along the normal of its plane, in mm of the patient (PS3.3 C.7.6.2.1.1). */
  placeMm: number | undefined;
  /** The frame of reference in which places mean the same. */
  reference: string;
  /** Direction cosines of a row and of a column. */
  orientation: number[] | undefined;
  /** All that decoding and measuring need. */
  header: DicomJson;
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

function numbers(set: DicomJson, tag: string, count: number): number[] | undefined {
  const values = (set[tag]?.Value ?? []).map(Number);
  return values.length === count && values.every(Number.isFinite) ? values : undefined;
}

/** Where a plane lies along its own normal; undefined where the object does not say. */
export function placeMm(position: number[] | undefined, orientation: number[] | undefined): number | undefined {
  if (!position || !orientation) return undefined;
  const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = orientation;
  const [x = 0, y = 0, z = 0] = position;
  return x * (ay * bz - az * by) + y * (az * bx - ax * bz) + z * (ax * by - ay * bx);
}

function slicesOf(set: DicomJson): Slice[] {
  const orientation = numbers(set, TAG.orientation, 6);
  const slice: Slice = {
    id: text(set, TAG.instanceUid),
    frame: 1,
    number: amount(set, TAG.instanceNumber) ?? 0,
    taken: firstTaken(set, INSTANCE_TAKEN),
    thicknessMm: amount(set, TAG.thickness),
    placeMm: placeMm(numbers(set, TAG.position, 3), orientation),
    reference: text(set, TAG.reference),
    orientation,
    header: set,
  };
  const frames = Math.max(1, amount(set, TAG.frames) ?? 1);
  return Array.from({ length: frames }, (_, index) => ({ ...slice, frame: index + 1 }));
}

/** The objects of a series with pixels, as QIDO-RS lists them, in reading order: their UIDs. */
export function inOrder(answer: DicomJson[]): string[] {
  return answer
    .filter((set) => amount(set, TAG.rows) && amount(set, TAG.columns))
    .map((set) => ({ id: text(set, TAG.instanceUid), number: amount(set, TAG.instanceNumber) ?? 0 }))
    .filter(({ id }) => id)
    .sort((a, b) => a.number - b.number)
    .map(({ id }) => id);
}

/** The pictures of a series' objects (WADO-RS metadata) in reading order; what has no pixels is none. */
export function readSlices(answer: DicomJson[]): Slice[] {
  return answer
    .filter((set) => text(set, TAG.instanceUid) && amount(set, TAG.rows) && amount(set, TAG.columns))
    .flatMap(slicesOf)
    .sort((a, b) => a.number - b.number || a.frame - b.frame);
}

/** Centre and width. */
export type Values = [centre: number, width: number];

export type WindowName = "own" | "brain" | "subdural" | "bone" | "soft" | "lung" | "dragged" | "narrow" | "wide";

export interface Window {
  name: WindowName;
  /** In HU for CT; none asks for the image's own. */
  values?: Values;
}

const OWN: Window = { name: "own" };

/** Hounsfield windows mean something for CT alone; elsewhere a window is a share of the picture's own. */
const CT: Window[] = [
  { name: "brain", values: [40, 80] },
  { name: "subdural", values: [75, 280] },
  { name: "soft", values: [50, 350] },
  { name: "lung", values: [-600, 1500] },
  { name: "bone", values: [500, 2000] },
  OWN,
];

export function windowsFor(modality: string, own?: Values): Window[] {
  if (modality === "CT") return CT;
  if (!own) return [OWN];
  const [centre, width] = own;
  return [OWN, { name: "narrow", values: [centre, width / 2] }, { name: "wide", values: [centre, width * 2] }];
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

/** All others, nearest first, two ahead in the direction of travel for one behind. */
export function ahead(index: number, direction: 1 | -1, count: number): number[] {
  const order: number[] = [];
  for (let far = 1; order.length < 3 * count; far += 1) {
    order.push(index + (2 * far - 1) * direction, index + 2 * far * direction, index - far * direction);
    if (far > count) break;
  }
  return order.filter((one) => one >= 0 && one < count);
}

/** The slice of another study that shows the same place; where a place is not known, as far through the stack. */
export function inStep(from: Slice[], index: number, to: Slice[], offsetMm = 0): number {
  const place = from[index]?.placeMm;
  const parallel = isParallel(from[index]?.orientation, to[0]?.orientation);
  if (place !== undefined && parallel && to.every((one) => one.placeMm !== undefined)) {
    const away = (one: Slice): number => Math.abs((one.placeMm ?? 0) - place - offsetMm);
    let best = 0;
    to.forEach((one, at) => {
      if (away(one) < away(to[best] ?? one)) best = at;
    });
    return best;
  }
  return from.length < 2 ? 0 : stay(Math.round((index / (from.length - 1)) * (to.length - 1)), to.length);
}

/** What has to be added to places of one stack to be those of another: what both show when they are put in step. */
export function offsetMm(from: Slice | undefined, to: Slice | undefined): number {
  return from?.placeMm === undefined || to?.placeMm === undefined ? 0 : to.placeMm - from.placeMm;
}

/** The series of another study to lay beside: of the same modality, the same words if there is one, then the longest. */
export function counterpart(series: Series, others: Series[]): Series | undefined {
  const alike = (one: Series): number =>
    (one.modality === series.modality ? 1e9 : 0) + (one.words === series.words ? 1e6 : 0) + (one.count ?? 0);
  return [...others].sort((a, b) => alike(b) - alike(a))[0];
}

function isParallel(a: number[] | undefined, b: number[] | undefined): boolean {
  return a !== undefined && b !== undefined && a.every((value, at) => Math.abs(value - (b[at] ?? 0)) < 0.1);
}

/** Where a picture lies in the body (PS3.3 C.7.6.2.1.1): the centre of its first pixel, the directions, the spacing. */
export interface Plane {
  origin: readonly number[];
  /** Along a row, to the next column. */
  row: readonly number[];
  /** Down a column, to the next row. */
  column: readonly number[];
  columnMm: number;
  rowMm: number;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, part, at) => sum + part * (b[at] ?? 0), 0);

/** A point of the body in pixels of the picture, from the upper left corner of the first one (PS3.3 C.18.6.1.1). */
export function toPicture({ origin, row, column, columnMm, rowMm }: Plane, point: readonly number[]): [column: number, row: number] {
  const from = point.map((part, axis) => part - (origin[axis] ?? 0));
  return [dot(from, row) / columnMm + 0.5, dot(from, column) / rowMm + 0.5];
}

export function toBody({ origin, row, column, columnMm, rowMm }: Plane, [x, y]: readonly [number, number]): [number, number, number] {
  const along = (axis: number): number =>
    (origin[axis] ?? 0) + (row[axis] ?? 0) * (x - 0.5) * columnMm + (column[axis] ?? 0) * (y - 0.5) * rowMm;
  return [along(0), along(1), along(2)];
}

/** Where to look after two fingers went from around `last` to around `now`, `by` times as far apart. */
export function pinched(focus: readonly number[], last: readonly number[], now: readonly number[], by: number): number[] {
  return focus.map((part, axis) => (last[axis] ?? 0) - ((now[axis] ?? 0) - part) / by);
}

/** Which side of the patient each edge of the picture is (PS3.3 C.7.6.1.1.1); '' where the picture does not say. */
export function edges(orientation: number[] | undefined): { left: string; right: string; top: string; bottom: string } {
  const row = side(orientation?.slice(0, 3));
  const column = side(orientation?.slice(3));
  return { left: opposite(row), right: row, top: opposite(column), bottom: column };
}

const SIDES = [["L", "R"], ["P", "A"], ["H", "F"]] as const;

function side(direction: number[] | undefined): string {
  return (direction ?? [])
    .map((part, axis) => ({ part, letter: SIDES[axis]?.[part > 0 ? 0 : 1] ?? "" }))
    .filter(({ part }) => Math.abs(part) > 0.3)
    .sort((a, b) => Math.abs(b.part) - Math.abs(a.part))
    .map(({ letter }) => letter)
    .join("");
}

function opposite(letters: string): string {
  return [...letters].map((letter) => SIDES.flatMap(([a, b]) => (letter === a ? [b] : letter === b ? [a] : [])).join("")).join("");
}
