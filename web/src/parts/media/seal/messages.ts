/** What the page and the worker that seals say to each other. */
import type { Handed } from "./keyring.ts";
import type { Label, Reason } from "./sealing.ts";
import type { Engine } from "./sm4.ts";

/** What a transform is given; `flow` is its number. A receiver is given its label by a message, for it may change. */
export type Flow =
  | { flow: number; role: "seals"; kind: "audio" | "video"; track: string }
  | { flow: number; role: "opens"; kind: "audio" | "video" };

/** What one transform has done since it began. */
export interface Count {
  flow: number;
  role: Flow["role"];
  passed: number; // frames
  bytes: number; // of them, as they left
  dropped: Partial<Record<Reason, number>>;
}

export interface Report {
  engine: Engine["name"];
  counts: Count[];
}

export type Said =
  | { say: "me"; sender: string }
  | { say: "key"; key: Handed }
  | { say: "label"; flow: number; label: Label }
  | { say: "end"; flow: number }
  | { say: "forget"; sender: string }
  | { say: "leave" }
  | { say: "count"; asked: number };

/** A report comes each second, and to each that is asked for, with its number. */
export interface Heard {
  report: Report;
  asked?: number;
}
