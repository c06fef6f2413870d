/** A worker that seals as ours does and then does harm on the way, as a server in the middle could. */
import { Keyring } from "../../src/parts/media/seal/keyring.ts";
import { seal } from "../../src/parts/media/seal/sealing.ts";
import { SCRIPT } from "../../src/parts/media/seal/sm4.ts";

export interface Harm {
  how: "flip" | "replay";
  each: number; // every so many frames
  sender: string;
  track: string;
  key: Uint8Array;
  epoch: number;
}

interface Transformer {
  options: Harm;
  readable: ReadableStream<RTCEncodedVideoFrame>;
  writable: WritableStream<RTCEncodedVideoFrame>;
}

(self as unknown as { onrtctransform: (event: { transformer: Transformer }) => void }).onrtctransform = ({ transformer }) => {
  const { how, each, sender, track, key, epoch } = transformer.options;
  const keys = new Keyring(SCRIPT, sender, new Uint8Array(4));
  keys.take({ sender, epoch, key }, 0);
  let count = 0, before: ArrayBuffer | undefined;
  const through = new TransformStream<RTCEncodedVideoFrame, RTCEncodedVideoFrame>({
    transform(frame, out) {
      const isKey = frame.type === "key";
      const sealed = seal(keys, track, { data: new Uint8Array(frame.data), codec: frame.getMetadata().mimeType ?? "", isKey }, 1e9);
      if (typeof sealed === "string") throw new Error(sealed);
      const data = sealed.buffer;
      if (++count % each === 0) {
        if (how === "flip") new Uint8Array(data).set([(sealed.at(-40) ?? 0) ^ 1], data.byteLength - 40);
        else frame.data = before ?? data;
      }
      if (how === "flip" || count % each !== 0) frame.data = data;
      before = data.slice(0);
      out.enqueue(frame);
    },
  });
  void transformer.readable.pipeThrough(through).pipeTo(transformer.writable);
};
