/** What a page's connections tell of the last second (W3C webrtc-stats), and of each person in it. Pure. */

export type Stat = Record<string, unknown>;

/** What was measured of a link in the last moment; `lost` is a share. */
export interface Measured {
  rtt_ms?: number;
  jitter_ms?: number;
  lost?: number;
  /** How old the oldest picture is that is shown, as far as this end can tell. */
  frame_ms?: number;
}

/** What came of one person. */
export interface OfPerson {
  jitter_ms: number;
  lost: number;
  /** From the packet to the eye: half a round trip, and what waits here until it is shown. */
  frame_ms: number | undefined;
  frames_per_s: number;
}

/** What is kept from one look for the next: totals by track of others, packets by track of ours. */
export interface Before {
  at: number;
  tracks: Map<string, Totals>;
  sent: Map<string, number>;
}
interface Totals {
  lost: number;
  came: number;
  frames: number;
  delay_s: number;
  emitted: number;
}

export interface Ours {
  rtt_ms?: number;
  lost: number;
}

export interface Look {
  of: Measured;
  /** What becomes of what we send, as the other end says. */
  ours: Ours;
  people: Map<string, OfPerson>;
  /** Voices came before, and of none of them anything since: who is muted is still sent. */
  isSilent: boolean;
  before: Before;
}

const ENOUGH = 20; // packets: the share that was lost of fewer says nothing
const NONE: Totals = { lost: 0, came: 0, frames: 0, delay_s: 0, emitted: 0 };
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** `personOf`: whose a mid is. */
export function looked(sends: Stat[], receives: Stat[], before: Before | undefined, personOf: (mid: string) => string | undefined, at: number): Look {
  const rtt_ms = roundTrip(receives) ?? roundTrip(sends);
  const tracks = new Map<string, Totals>();
  const people = new Map<string, OfPerson>();
  const voices: boolean[] = []; // whether each still comes
  let lost = 0, came = 0, jitter_ms = 0, oldest: number | undefined;
  for (const one of receives) {
    if (one["type"] !== "inbound-rtp") continue;
    const mid = String(one["mid"]), now = totals(one), was = before?.tracks.get(mid) ?? NONE;
    tracks.set(mid, now);
    const gone = Math.max(0, now.lost - was.lost), got = now.came - was.came;
    lost += gone;
    came += got;
    const person = personOf(mid);
    const isSound = one["kind"] === "audio";
    if (person !== undefined && isSound && was.came > 0) voices.push(got > 0);
    if (person === undefined || got + gone <= 0) continue;
    if (isSound) jitter_ms = Math.max(jitter_ms, number(one["jitter"]) * 1000);
    const emitted = now.emitted - was.emitted;
    const age = isSound || emitted <= 0 ? undefined : (rtt_ms ?? 0) / 2 + ((now.delay_s - was.delay_s) / emitted) * 1000;
    if (age !== undefined) oldest = Math.max(oldest ?? 0, age);
    people.set(person, added(people.get(person), {
      jitter_ms: number(one["jitter"]) * 1000, lost: gone / (gone + got), frame_ms: age,
      frames_per_s: before ? ((now.frames - was.frames) * 1000) / Math.max(1, at - before.at) : 0,
    }));
  }
  const of: Measured = {
    ...(rtt_ms === undefined ? {} : { rtt_ms: Math.round(rtt_ms) }),
    ...(came + lost >= ENOUGH ? { lost: lost / (came + lost), jitter_ms: Math.round(jitter_ms) } : {}),
    ...(oldest === undefined ? {} : { frame_ms: Math.round(oldest) }),
  };
  const back_ms = roundTrip(sends), sent = packetsSent(sends);
  const far = lostFar(sends, (id) => (sent.get(id) ?? 0) - (before?.sent.get(id) ?? 0));
  const isSilent = voices.length > 0 && !voices.some(Boolean);
  return { of, ours: { ...(back_ms === undefined ? {} : { rtt_ms: back_ms }), lost: far }, people, isSilent, before: { at, tracks, sent } };
}

function totals(one: Stat): Totals {
  return {
    lost: number(one["packetsLost"]), came: number(one["packetsReceived"]), frames: number(one["framesDecoded"]),
    delay_s: number(one["jitterBufferDelay"]), emitted: number(one["jitterBufferEmittedCount"]),
  };
}

/** The worst of somebody's tracks; their pictures add up. */
function added(was: OfPerson | undefined, one: OfPerson): OfPerson {
  if (!was) return one;
  return {
    jitter_ms: Math.max(was.jitter_ms, one.jitter_ms),
    lost: Math.max(was.lost, one.lost),
    frame_ms: was.frame_ms === undefined ? one.frame_ms : Math.max(was.frame_ms, one.frame_ms ?? 0),
    frames_per_s: Math.max(was.frames_per_s, one.frames_per_s),
  };
}

function roundTrip(stats: Stat[]): number | undefined {
  const pair = stats.find((one) => one["type"] === "candidate-pair" && one["nominated"] === true && typeof one["currentRoundTripTime"] === "number");
  return pair && number(pair["currentRoundTripTime"]) * 1000;
}

function packetsSent(stats: Stat[]): Map<string, number> {
  return new Map(stats.filter((one) => one["type"] === "outbound-rtp").map((one) => [String(one["id"]), number(one["packetsSent"])]));
}

/** What the other end misses of all that goes: what it last said of a track counts by the packets that went since.
 * Of a track that rests it says nothing more, and of a few packets one that is lost is many. */
function lostFar(stats: Stat[], went: (id: string) => number): number {
  let lost = 0, all = 0;
  for (const one of stats) {
    if (one["type"] !== "remote-inbound-rtp") continue;
    const packets = went(String(one["localId"]));
    lost += number(one["fractionLost"]) * packets;
    all += packets;
  }
  return all >= ENOUGH ? lost / all : 0;
}
