/** The page's half of end-to-end sealing: one worker, the transforms of its tracks, and what became of their frames. */
import type { Handed } from "./keyring.ts";
import type { Count, Flow, Heard, Report, Said } from "./messages.ts";
import type { Label } from "./sealing.ts";
import { watch } from "./watch.ts";

export type { Handed } from "./keyring.ts";
export type { Count, Report } from "./messages.ts";
export type { Label } from "./sealing.ts";
export { isSealable } from "./frame.ts";
export { checkCode, lock, type Facts, type Lock } from "./lock.ts";

/** Whether this browser can seal what it sends. */
export function isSupported(): boolean {
  return typeof RTCRtpScriptTransform === "function";
}

export interface Sending {
  transceiver: RTCRtpTransceiver;
  end(): void;
}

export interface Receiving {
  /** From now on the frames of this sender's track; what others send is dropped. */
  from(label: Label): void;
  end(): void;
}

export class Sealing {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "seal" });
  private readonly asked = new Map<number, (report: Report) => void>();
  private readonly watches = new Set<() => void>();
  private flows = 0;
  private questions = 0;

  /** `me`: this page as the key service calls it. `told` hears what became of the frames, each second. */
  constructor(me: string, told: (report: Report) => void, failed: (error: ErrorEvent) => void) {
    this.worker.onmessage = ({ data }: MessageEvent<Heard>) => {
      if (data.asked === undefined) told(data.report);
      else this.asked.get(data.asked)?.(data.report);
    };
    this.worker.onerror = failed;
    this.say({ say: "me", sender: me });
  }

  /** Keys as the key service handed them out: the epochs before stay good for what is under way. */
  hand(keys: Handed[]): void {
    for (const key of keys) this.say({ say: "key", key });
  }

  /** Who has left is heard no more, at once. */
  forget(sender: string): void {
    this.say({ say: "forget", sender });
  }

  /**
   * Adds a track to be sent, sealed. Transceiver and transform are made in one task: a transform that is set a moment later
   * is ignored by Chromium and the picture goes out clear. `leaked` is called when that happens all the same; the track is
   * stopped by then.
   */
  send(pc: RTCPeerConnection, track: MediaStreamTrack, name: string, leaked: () => void, init: RTCRtpTransceiverInit = {}): Sending {
    const flow = this.flows++;
    const transceiver = pc.addTransceiver(track, { direction: "sendonly", ...init });
    transceiver.sender.transform = this.transform({ flow, role: "seals", kind: kindOf(track), track: name });
    describe(transceiver);
    const unwatch = watch(transceiver.sender, () => this.count(flow), leaked);
    this.watches.add(unwatch);
    return { transceiver, end: () => { unwatch(); this.say({ say: "end", flow }); } };
  }

  /** Opens what a transceiver gets: in the task in which it came into being (`ontrack`, or `addTransceiver`). */
  receive(transceiver: RTCRtpTransceiver, label?: Label): Receiving {
    const flow = this.flows++;
    const { receiver } = transceiver;
    receiver.transform = this.transform({ flow, role: "opens", kind: kindOf(receiver.track) });
    describe(transceiver);
    const from = (label: Label): void => this.say({ say: "label", flow, label });
    if (label) from(label);
    return { from, end: () => this.say({ say: "end", flow }) };
  }

  /** Asks the worker, now. */
  report(): Promise<Report> {
    const question = this.questions++;
    return new Promise((resolve) => {
      this.asked.set(question, (report) => {
        this.asked.delete(question);
        resolve(report);
      });
      this.say({ say: "count", asked: question });
    });
  }

  /** Wipes all keys and ends the worker: from here on nothing is sealed or opened. The tracks are the caller's to end. */
  leave(): void {
    this.watches.forEach((unwatch) => unwatch());
    this.say({ say: "leave" });
  }

  private async count(flow: number): Promise<Count | undefined> {
    return (await this.report()).counts.find((count) => count.flow === flow);
  }

  private transform(flow: Flow): RTCRtpScriptTransform {
    return new RTCRtpScriptTransform(this.worker, flow);
  }

  private say(said: Said): void {
    this.worker.postMessage(said);
  }
}

function kindOf({ kind }: MediaStreamTrack): Flow["kind"] {
  return kind === "audio" ? "audio" : "video";
}

/** What TypeScript's DOM does not tell yet. */
interface Extensible {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: RTCRtpTransceiverDirection }[];
  setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: RTCRtpTransceiverDirection }[]): void;
}

/** Asks for packets that tell which picture continues which, where the browser can: see `restarting` in the worker. */
function describe(transceiver: RTCRtpTransceiver & Extensible): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.();
  const description = extensions?.find(({ uri }) => uri.includes("dependency-descriptor"));
  if (!extensions || !description) return;
  description.direction = "sendrecv";
  transceiver.setHeaderExtensionsToNegotiate?.(extensions);
}
