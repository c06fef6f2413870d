/** How good a link is, in bars and a word. Pure. */
import type { Measured } from "../../parts/media/stats";

export type Grade = "none" | "bad" | "poor" | "fair" | "good";

/** What a link must keep to for a grade: ITU-T G.114 asks for 150 ms one way, speech bears a few percent of loss. */
const GRADES: { grade: Grade; bars: number; rtt_ms: number; jitter_ms: number; lost: number }[] = [
  { grade: "good", bars: 4, rtt_ms: 150, jitter_ms: 30, lost: 0.01 },
  { grade: "fair", bars: 3, rtt_ms: 300, jitter_ms: 60, lost: 0.03 },
  { grade: "poor", bars: 2, rtt_ms: 600, jitter_ms: 120, lost: 0.1 },
  { grade: "bad", bars: 1, rtt_ms: Infinity, jitter_ms: Infinity, lost: Infinity },
];

export function graded({ rtt_ms, jitter_ms = 0, lost = 0 }: Measured): { grade: Grade; bars: number } {
  const found = GRADES.find((one) => rtt_ms !== undefined && rtt_ms <= one.rtt_ms && jitter_ms <= one.jitter_ms && lost <= one.lost);
  return found ? { grade: found.grade, bars: found.bars } : { grade: "none", bars: 0 };
}
