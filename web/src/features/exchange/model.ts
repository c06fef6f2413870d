/** What an engineer wants to know of an interface: in which state it is, and where in a message the fault stands. */
import type { Schemas } from "../../lib/api";
import type { State } from "../../ui/Shape";

export type Peer = Schemas["PeerLine"];
export type Message = Schemas["MessageLine"];
export type MessageState = Message["state"];
export type Outgoing = Schemas["OutgoingLine"];
export type OutgoingState = Outgoing["state"];
export type Segment = Schemas["SegmentLine"];
export type Edit = Schemas["EditPeer"];

/** Nothing for so long from a system that sends is worth a call. */
export const QUIET_MS = 24 * 3600_000;
/** A message that waits longer than this for an answer is stuck, not on its way. */
export const STUCK_MS = 60_000;

/** The states of a system, the one that wants somebody most first. */
export const PEER_STATES = ["failing", "refused", "waiting", "quiet", "off", "unheard", "ok"] as const;
export type PeerState = (typeof PEER_STATES)[number];

export const PEER_LOOK: Record<PeerState, State | undefined> = {
  failing: "medium", refused: "medium", waiting: "low", quiet: "stale", off: "tech", unheard: undefined, ok: "ok",
};
export const MESSAGE_LOOK: Record<MessageState, State | undefined> = {
  taken: "ok", waiting: "low", refused: "medium", "given-up": undefined,
};
export const OUTGOING_LOOK: Record<OutgoingState, State | undefined> = { sent: "ok", waiting: "low", dead: "medium" };

/** When a system was last heard, at whichever door, in milliseconds; null if it never was. */
export function heardAt(peer: Peer): number | null {
  const times = [...peer.doors.map(({ seen }) => seen), peer.incoming.last?.received].flatMap((time) => (time ? [Date.parse(time)] : []));
  return times.length ? Math.max(...times) : null;
}

/** The door that turned it away, if that is the last that happened there. */
export function refusedAt(peer: Peer): Peer["doors"][number] | undefined {
  return peer.doors.find(({ seen, refused }) => refused !== null && (seen === null || Date.parse(refused) > Date.parse(seen)));
}

export function isStuck({ outgoing }: Peer, now: number): boolean {
  return outgoing.waiting > 0 && outgoing.code !== "" && outgoing.oldest !== null && now - Date.parse(outgoing.oldest) > STUCK_MS;
}

export function stateOf(peer: Peer, now: number): PeerState {
  if (peer.off) return "off";
  if (peer.outgoing.dead > 0 || isStuck(peer, now)) return "failing";
  if (refusedAt(peer)) return "refused";
  if (peer.incoming.waiting + peer.apart > 0) return "waiting";
  const heard = heardAt(peer);
  if (heard === null) return peer.outgoing.sent > 0 ? "ok" : "unheard";
  return now - heard > QUIET_MS && (peer.hl7_facility || peer.ae) ? "quiet" : "ok";
}

export function byNeed(peers: readonly Peer[], now: number): Peer[] {
  const rank = (peer: Peer): number => PEER_STATES.indexOf(stateOf(peer, now));
  return [...peers].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, "zh"));
}

export interface Sums {
  waiting: number;
  dead: number;
  queued: number;
  oldest: number | null;
  strangers: number;
}

export function sums({ items, strangers }: Schemas["Peers"]): Sums {
  const add = (of: (peer: Peer) => number): number => items.reduce((sum, peer) => sum + of(peer), 0);
  const oldest = items.flatMap(({ outgoing }) => (outgoing.oldest ? [Date.parse(outgoing.oldest)] : []));
  return {
    waiting: add(({ incoming }) => incoming.waiting),
    dead: add(({ outgoing }) => outgoing.dead),
    queued: add(({ outgoing }) => outgoing.waiting),
    oldest: oldest.length ? Math.min(...oldest) : null,
    strangers: strangers.length,
  };
}

export interface Fault {
  segment: number;
  /** The number of the field; the whole segment without. */
  field?: number;
}

/** Where among the segments a place such as `PID-5`, `OBX[2]-5.1`, `segment 3` or `MRG` stands; null where it is none of them. */
export function faultIn(segments: readonly Segment[], place: string): Fault | null {
  const counted = /^segment (\d+)$/.exec(place);
  if (counted) return Number(counted[1]) <= segments.length ? { segment: Number(counted[1]) - 1 } : null;
  const named = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?/.exec(place);
  if (!named) return null;
  const same = segments.flatMap(({ name }, index) => (name === named[1] ? [index] : []));
  const segment = same[Number(named[2] ?? 1) - 1];
  if (segment === undefined) return null;
  return named[3] ? { segment, field: Number(named[3]) } : { segment };
}

/** The fields of a segment as they are shown: one where the fault stands is there even if it says nothing. */
export function shownFields(segment: Segment, fault: Fault | null): Segment["fields"] {
  const { field } = fault ?? {};
  if (field === undefined || segment.fields.some(({ number }) => number === field)) return segment.fields;
  return [...segment.fields, { number: field, text: "" }].sort((a, b) => a.number - b.number);
}

/** A message's text with a line for each segment, as a person edits it. */
export const asLines = (text: string): string => text.replaceAll(/\r\n?/g, "\n").replace(/\n+$/, "");

/** What can be chosen as a character set: HL7 table 0211, as senders here use it. */
export const CHARSETS = ["", "UNICODE UTF-8", "GB 18030-2000", "GBK", "BIG5", "8859/1", "ASCII"] as const;
