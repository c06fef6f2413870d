/** Pictures looked at together: what a leader looks at, whose pointer is where, what is being drawn. No network. */
import type { Schemas } from "../../lib/api";
import { type Mark, type Point } from "./marks";
import type { Values } from "./model";

export type View = Schemas["LedView"];

/** How a picture lies in its window, whatever the window's size: the pixel in the middle, and how much is seen around it. */
export interface Look {
  focus: Point;
  extent_mm: [width: number, height: number];
}

/** Somebody's pointer on a picture. */
export interface Pointer {
  who: string;
  name: string;
  instance: string;
  frame: number;
  at: Point;
}

/** What a viewer shares with the pages of others. */
export interface Together {
  /** What to look at while one is led; undefined: one's own way. */
  led: View | undefined;
  /** Whether this page leads. */
  leading: boolean;
  pointers: Pointer[];
  /** Marks that others are drawing. */
  strokes: Mark[];
  /** Where this page looks. */
  looks(view: View): void;
  /** One turned, moved or windowed by one's own hand: whoever was led is not any more. */
  breaks(): void;
  points(at: Omit<Pointer, "who" | "name"> | undefined): void;
  draws(mark: Mark): void;
}

/** Of people's pointers and marks: tokens that are told apart on black. */
const HUES = ["ch-bp", "ch-ecg", "series-1", "ch-resp", "ch-temp", "ch-spo2"] as const;

/** Which of the colours of people is somebody's: the same on all pages. */
export function hueOf(name: string): (typeof HUES)[number] {
  const sum = [...name].reduce((so, letter) => (so * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);
  return HUES[sum % HUES.length] ?? HUES[0];
}

/** How wide and high a window of this shape must be to hold what the leader sees. */
export function holding([width, height]: Look["extent_mm"], aspect: number): [width: number, height: number] {
  return width / height > aspect ? [width, width / aspect] : [height * aspect, height];
}

const isNumbers = (value: unknown, count: number): value is number[] =>
  Array.isArray(value) && value.length === count && value.every((one) => typeof one === "number" && Number.isFinite(one));

/** What a page says it looks at; undefined for what is no view. */
export function readView(said: unknown): View | undefined {
  const { study, series, instance, frame, focus, extent_mm, window } = (said ?? {}) as Record<string, unknown>;
  if (typeof study !== "string" || typeof series !== "string" || typeof instance !== "string" || typeof frame !== "number") return undefined;
  if (!isNumbers(focus, 2) || !isNumbers(extent_mm, 2)) return undefined;
  return {
    study, series, instance, frame, focus: focus as [number, number], extent_mm: extent_mm as [number, number],
    window: isNumbers(window, 2) ? (window as Values) : null,
  };
}

/** Where a page says its pointer is; undefined where it is on no picture. */
export function readPoint(said: unknown): Omit<Pointer, "who" | "name"> | undefined {
  const { instance, frame, at } = (said ?? {}) as Record<string, unknown>;
  if (typeof instance !== "string" || typeof frame !== "number" || !isNumbers(at, 2)) return undefined;
  return { instance, frame, at: at as Point };
}

const KINDS: readonly unknown[] = ["length", "angle", "ellipse"];

/** A mark that somebody is drawing; undefined for what is none. */
export function readStroke(said: unknown): Mark | undefined {
  const { id, kind, study, series, instance, frame, points } = (said ?? {}) as Record<string, unknown>;
  if (![id, study, series, instance].every((one) => typeof one === "string") || typeof frame !== "number") return undefined;
  if (!KINDS.includes(kind) || !Array.isArray(points) || points.length > 4 || !points.every((one) => isNumbers(one, 2))) return undefined;
  return { id, kind, study, series, instance, frame, points, measured: {} } as Mark;
}
