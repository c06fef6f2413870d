import { expect, test } from "vitest";
import type { Measured } from "../../parts/media/stats";
import { graded } from "./link";

test.each<[Measured, string, number]>([
  [{}, "none", 0],
  [{ rtt_ms: 40 }, "good", 4],
  [{ rtt_ms: 40, jitter_ms: 45 }, "fair", 3],
  [{ rtt_ms: 40, lost: 0.05 }, "poor", 2],
  [{ rtt_ms: 320, jitter_ms: 5, lost: 0 }, "poor", 2],
  [{ rtt_ms: 20, lost: 0.15 }, "bad", 1],
  [{ rtt_ms: 5000, jitter_ms: 5000, lost: 1 }, "bad", 1],
])("%o is %s", (measured, grade, bars) => expect(graded(measured)).toEqual({ grade, bars }));
