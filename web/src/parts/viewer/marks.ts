/** What a reader marks on pictures: measures and key images; points in pixels of the picture. No drawing. */

export type MarkKind = "length" | "angle" | "ellipse" | "key";

export type Point = [column: number, row: number];

/** What was measured, in the units of the names; `unit` is that of mean, sd, min and max (HU for CT). */
export interface Measured {
  length_mm?: number;
  angle_deg?: number;
  area_mm2?: number;
  mean?: number;
  sd?: number;
  min?: number;
  max?: number;
  unit?: string;
}

export interface Mark {
  id: string;
  kind: MarkKind;
  study: string;
  series: string;
  instance: string;
  frame: number;
  /** Length: its ends. Angle: end, vertex, end. Ellipse: the four ends of its axes, one axis after the other. */
  points: Point[];
  measured: Measured;
  /** Who set it and when, once it is kept. */
  by?: string;
  at?: string;
}

/** How many points a hand sets for each; an ellipse is set by two corners of the box around it. */
export const POINTS: Record<Exclude<MarkKind, "key">, number> = { length: 2, angle: 3, ellipse: 2 };

/** The ends of the axes of the ellipse in a box: bottom, top, left, right. */
export function ellipseIn([ax, ay]: Point, [bx, by]: Point): Point[] {
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  return [[x, Math.max(ay, by)], [x, Math.min(ay, by)], [Math.min(ax, bx), y], [Math.max(ax, bx), y]];
}

/** One thing that was done to the marks: what stood there before, what stands there after. */
export interface Deed {
  before: Mark | undefined;
  after: Mark | undefined;
}

export function undone({ before, after }: Deed): Deed {
  return { before: after, after: before };
}

/** The marks after a deed; where others have removed what it is about, it adds it again. */
export function done(marks: Mark[], { before, after }: Deed): Mark[] {
  const id = (after ?? before)?.id;
  const others = marks.filter((one) => one.id !== id);
  return after ? [...others, after] : others;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The lines beside a measure, as `[word, value, unit]`; words are `viewer.measured.*`. */
export function lines(measured: Measured): [word: keyof Measured, value: number, unit: string][] {
  const { length_mm, angle_deg, area_mm2, mean, sd, min, max, unit = "" } = measured;
  const all: [keyof Measured, number | undefined, string, number][] = [
    ["length_mm", length_mm, "mm", 1],
    ["angle_deg", angle_deg, "°", 1],
    ["area_mm2", area_mm2, "mm²", 0],
    ["mean", mean, unit, 0],
    ["sd", sd, unit, 0],
    ["min", min, unit, 0],
    ["max", max, unit, 0],
  ];
  return all.flatMap(([word, value, of, digits]) => (value === undefined ? [] : [[word, round(value, digits), of] as const]));
}

/** The key images of one stack, in its order. */
export function keyImages(marks: Mark[], series: string): Mark[] {
  return marks.filter((one) => one.kind === "key" && one.series === series);
}

/** The marks of one picture. */
export function onPicture(marks: Mark[], instance: string, frame: number): Mark[] {
  return marks.filter((one) => one.instance === instance && one.frame === frame);
}

/** Of the marks that are kept: how many, by whom, and when the last of them was set; undefined where there is none. */
export function whose(marks: Mark[]): { count: number; who: string[]; at: string | undefined } | undefined {
  const named = marks.filter(({ by }) => by);
  if (named.length === 0) return undefined;
  return { count: named.length, who: [...new Set(named.map(({ by }) => by ?? ""))], at: named.map(({ at }) => at ?? "").sort().at(-1) || undefined };
}

export const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** The figures that Cornerstone keeps beside an annotation for each picture that it drew it on, by our names. */
export function measuredOf(stats: Record<string, Record<string, unknown>> | undefined): Measured {
  const reckoned = Object.values(stats ?? {});
  const found = reckoned.find((one) => Object.values(one).some((value) => typeof value === "number")) ?? {};
  const figure = (name: string): number | undefined => {
    const value = found[name];
    return typeof value === "number" && Number.isFinite(value) ? hundredth(value) : undefined;
  };
  const unit = found.modalityUnit;
  const measured: Measured = {
    length_mm: figure("length"), angle_deg: figure("angle"), area_mm2: figure("area"), mean: figure("mean"),
    sd: figure("stdDev"), min: figure("min"), max: figure("max"), unit: typeof unit === "string" ? unit : undefined,
  };
  return Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== undefined));
}
