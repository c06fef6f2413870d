import { expect, test } from "vitest";
import { looked, type Stat } from "./stats";

const pair = (seconds: number): Stat => ({ type: "candidate-pair", nominated: true, currentRoundTripTime: seconds });
const sound = (mid: string, came: number, lost: number, jitter = 0.004): Stat => ({ type: "inbound-rtp", kind: "audio", mid, packetsReceived: came, packetsLost: lost, jitter });
const picture = (mid: string, came: number, frames: number, delay = 0): Stat => ({
  type: "inbound-rtp", kind: "video", mid, packetsReceived: came, packetsLost: 0, jitter: 0.01, framesDecoded: frames, jitterBufferDelay: delay, jitterBufferEmittedCount: frames,
});
const whose = (mid: string): string | undefined => ({ "0": "li", "1": "li", "2": "wang" })[mid];

test("the share that was lost is of the last second, not of all that came before", () => {
  const first = looked([], [pair(0.04), sound("0", 900, 100)], undefined, whose, 0);
  expect(first.of).toEqual({ rtt_ms: 40, jitter_ms: 4, lost: 0.1 });
  const then = looked([], [pair(0.05), sound("0", 950, 100)], first.before, whose, 1000);
  expect(then.of).toEqual({ rtt_ms: 50, jitter_ms: 4, lost: 0 });
});

test("each person has their own figures: the worst of their tracks", () => {
  const first = looked([], [sound("0", 100, 0), picture("1", 100, 20, 1), sound("2", 100, 0)], undefined, whose, 0);
  const { people, of } = looked([], [pair(0.06), sound("0", 150, 0), picture("1", 300, 45, 3.5), sound("2", 140, 10)], first.before, whose, 1000);
  expect(people.get("li")).toEqual({ jitter_ms: 10, lost: 0, frame_ms: 130, frames_per_s: 25 });
  expect(people.get("wang")).toEqual({ jitter_ms: 4, lost: 0.2, frame_ms: undefined, frames_per_s: 0 });
  expect(of.frame_ms).toBe(130);
});

test("of whom nothing came in the last second nothing is told, nor of a track that is nobody's", () => {
  const before = looked([], [sound("0", 100, 0)], undefined, whose, 0).before;
  expect(looked([], [sound("0", 100, 0), sound("9", 5, 0)], before, whose, 1000).people.size).toBe(0);
});

test("what we send is lost as the other end says", () => {
  const far = (share: number): Stat => ({ type: "remote-inbound-rtp", fractionLost: share });
  expect(looked([far(0.02), far(0.3), pair(0.2)], [], undefined, whose, 0)).toMatchObject({ ours: { lost: 0.3, rtt_ms: 200 }, of: { rtt_ms: 200 } });
  expect(looked([], [], undefined, whose, 0).of).toEqual({});
});
