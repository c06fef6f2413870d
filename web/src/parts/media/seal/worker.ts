/** The worker that seals and opens every frame of this page. Until it has its engine and a key, nothing passes. */
import moduleUrl from "../../../generated/sm4gcm.wasm?url";
import { Keyring } from "./keyring.ts";
import type { Count, Flow, Heard, Said } from "./messages.ts";
import { Opener, seal, type Outcome } from "./sealing.ts";
import { engine, type Engine } from "./sm4.ts";

type Frame = RTCEncodedVideoFrame | RTCEncodedAudioFrame;

/** What TypeScript's DOM does not tell of a worker. */
interface Transformer {
  options: Flow;
  readable: ReadableStream<Frame>;
  writable: WritableStream<Frame>;
  sendKeyFrameRequest(): Promise<unknown>;
}
interface Scope {
  onrtctransform: ((event: { transformer: Transformer }) => void) | null;
  onmessage: ((event: MessageEvent<Said>) => void) | null;
  postMessage(heard: Heard): void;
  close(): void;
}
const scope = self as unknown as Scope;

const REPORT_MS = 1000;
const ASK_MS = 500; // a picture that cannot be continued is asked for no more often

let by: Engine | undefined;
let keys: Keyring | undefined;
const counts = new Map<number, Count>();
const openers = new Map<number, Opener>();

const ready = fetch(moduleUrl).then(async (answer) => {
  if (!answer.ok) throw new Error(`the module of the cipher: ${answer.status}`);
  by = engine(await answer.arrayBuffer());
  return by;
});
// Messages keep their order: each waits for the one before. What fails is told to the page as an error of this worker
let last: Promise<unknown> = ready.catch(reportError);
scope.onmessage = ({ data }) => {
  last = last.then(() => hear(data)).catch(reportError);
};

scope.onrtctransform = ({ transformer }) => {
  const { options, readable, writable } = transformer;
  const count: Count = { flow: options.flow, role: options.role, passed: 0, bytes: 0, dropped: {} };
  counts.set(options.flow, count);
  const one = options.role === "seals" ? sealing(options.track, options.kind) : opening(options.flow);
  const restart = options.role === "opens" && options.kind === "video" ? restarting(transformer) : () => undefined;
  const through = new TransformStream<Frame, Frame>({
    transform(frame, out) {
      const made = one(frame);
      restart(typeof made !== "string", frame);
      if (typeof made === "string") {
        count.dropped[made] = (count.dropped[made] ?? 0) + 1;
        return;
      }
      frame.data = made.buffer;
      count.passed += 1;
      count.bytes += made.length;
      out.enqueue(frame);
    },
  });
  // A track that ends closes its streams; what it has passed stays in the counts
  void readable.pipeThrough(through).pipeTo(writable);
};

setInterval(() => by && scope.postMessage({ report: report(by) }), REPORT_MS);

function sealing(track: string, kind: Flow["kind"]): (frame: Frame) => Outcome {
  return (frame) => {
    if (!keys) return "no-key";
    const codec = frame.getMetadata().mimeType ?? `${kind}/unknown`;
    const isKey = "type" in frame && frame.type === "key";
    return seal(keys, track, { data: new Uint8Array(frame.data), codec, isKey }, performance.now());
  };
}

function opening(flow: number): (frame: Frame) => Outcome {
  return (frame) => openers.get(flow)?.open(new Uint8Array(frame.data), performance.now()) ?? "no-key";
}

/**
 * Once a picture was dropped the next ones continue nothing: a whole one is asked for until it comes. So is one after the
 * very first, where packets do not tell which pictures continue which (no dependency descriptor): Chromium then loses its
 * place over the probes of the line that overtake a picture in its transform, and would ask after three seconds.
 */
function restarting(transformer: Transformer): (passes: boolean, frame: Frame) => void {
  let wants: "first" | "key" | "nothing" = "first", askedAt = performance.now();
  return (passes, frame) => {
    if (!passes) wants = "key";
    else if ("type" in frame && frame.type === "key") wants = wants === "first" && !isDescribed(frame) ? "first" : "nothing";
    const now = performance.now();
    if (!passes || wants === "nothing" || now - askedAt < ASK_MS) return;
    askedAt = now;
    wants = "key";
    // A track that has just ended wants no picture any more
    transformer.sendKeyFrameRequest().catch((failed: unknown) => {
      if (!(failed instanceof DOMException)) throw failed;
    });
  };
}

function isDescribed(frame: RTCEncodedVideoFrame): boolean {
  const { frameId, mimeType = "" } = frame.getMetadata();
  return frameId !== undefined || !["video/h264", "video/av1"].includes(mimeType.toLowerCase());
}

async function hear(said: Said): Promise<void> {
  const by = await ready;
  const now = performance.now();
  switch (said.say) {
    case "me":
      keys?.wipe();
      keys = new Keyring(by, said.sender, crypto.getRandomValues(new Uint8Array(4)));
      return;
    case "key":
      keys?.take(said.key, now);
      said.key.key.fill(0);
      return;
    case "label":
      if (keys) openers.set(said.flow, new Opener(keys, said.label));
      return;
    case "end":
      openers.delete(said.flow);
      counts.delete(said.flow);
      return;
    case "forget":
      keys?.forget(said.sender);
      return;
    case "leave":
      keys?.wipe();
      scope.close();
      return;
    case "count":
      scope.postMessage({ report: report(by), asked: said.asked });
  }
}

function report(by: Engine): Heard["report"] {
  return { engine: by.name, counts: [...counts.values()] };
}
