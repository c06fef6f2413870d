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

const ours = (id: string, packetsSent: number, fractionLost: number): Stat[] => [
  { type: "outbound-rtp", id, packetsSent }, { type: "remote-inbound-rtp", localId: id, fractionLost },
];

test("what we send is lost as the other end says, each track by how much of it went", () => {
  const first = looked([pair(0.2), ...ours("voice", 50, 0), ...ours("face", 150, 0.04)], [], undefined, whose, 0);
  expect(first).toMatchObject({ ours: { lost: 0.03, rtt_ms: 200 }, of: { rtt_ms: 200 } });
  const then = looked([...ours("voice", 100, 0.5), ...ours("face", 200, 0.1)], [], first.before, whose, 1000);
  expect(then.ours.lost).toBeCloseTo(0.3);
  expect(looked([], [], undefined, whose, 0).of).toEqual({});
});

test("what was last said of a track that has ended, or has hardly begun, says nothing of the line", () => {
  const first = looked([...ours("voice", 50, 0), ...ours("organ", 40, 0.6)], [], undefined, whose, 0);
  const then = looked([...ours("voice", 100, 0), ...ours("organ", 40, 0.6)], [], first.before, whose, 1000);
  expect(then.ours.lost).toBe(0);
  const begun = looked([...ours("voice", 150, 0), ...ours("organ", 42, 0.5)], [], then.before, whose, 2000);
  expect(begun.ours.lost).toBeLessThan(0.02);
});

test("it is silent when voices came, and none of them does; not when one goes on, has left, or never came", () => {
  const { before } = looked([], [sound("0", 100, 0), sound("2", 100, 0), sound("3", 0, 0)], undefined, whose, 0);
  const then = (...came: Stat[]): boolean => looked([], came, before, whose, 1000).isSilent;
  expect(then(sound("0", 100, 0), sound("2", 100, 0), picture("1", 50, 9))).toBe(true);
  expect(then(sound("0", 100, 0), sound("2", 150, 0))).toBe(false);
  expect(looked([], [sound("0", 100, 0)], before, () => undefined, 1000).isSilent).toBe(false);
  expect(looked([], [sound("0", 100, 0)], undefined, whose, 0).isSilent).toBe(false);
});
