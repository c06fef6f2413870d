/** What bench/media_seal.py asks: how fast frames are sealed, and how much later a picture is seen for it. */
import { Keyring } from "../../src/parts/media/seal/keyring.ts";
import { Opener, seal } from "../../src/parts/media/seal/sealing.ts";
import type { Engine } from "../../src/parts/media/seal/sm4.ts";
import { bytes } from "../any.ts";
import { Call, type Wish } from "./call.ts";

const SIZE = 83_333; // of a frame, at 20 Mbit/s and 30 of them a second
const handed = { sender: "a", epoch: 1, key: bytes(16, 1) };
const frame = { data: bytes(SIZE, 2), codec: "video/VP8", isKey: false };

/** Milliseconds for one frame: sealed whole as the worker does, and opened again. */
export function perFrame(by: Engine, forMs: number): { seal: number; open: number } {
  const keys = new Keyring(by, "a", new Uint8Array(4));
  keys.take(handed, 0);
  const sealed: Uint8Array[] = [];
  const sealing = each(forMs, () => {
    const made = seal(keys, "camera", frame, 0);
    if (typeof made === "string") throw new Error(made);
    sealed.push(made);
    return true;
  });
  const opener = new Opener(keys, { sender: "a", track: "camera" });
  let nth = 0;
  const opening = each(forMs, () => {
    const one = sealed[nth++];
    if (one && typeof opener.open(one, 0) === "string") throw new Error("not opened");
    return one !== undefined;
  });
  return { seal: sealing, open: opening };
}

function each(forMs: number, act: () => boolean): number {
  const began = performance.now();
  for (let count = 1; ; count++) {
    const goesOn = act();
    const passed = performance.now() - began;
    if (passed >= forMs || !goesOn) return passed / count;
  }
}

const BITS = 20, SIDE = 24;

/** How long each picture is under way, in ms: it bears the time at which it was drawn, as black and white squares. */
export async function delays(sends: Wish["sends"], pictures: number): Promise<number[]> {
  const source = canvas(), pen = context(source);
  const draw = setInterval(() => {
    const now = Math.round(performance.now()) % 2 ** BITS;
    for (let bit = 0; bit < BITS; bit++) {
      pen.fillStyle = (now >> bit) & 1 ? "#fff" : "#000";
      pen.fillRect(bit * SIDE, 0, SIDE, source.height);
    }
  }, 33);
  const call = new Call();
  call.a.hand([{ ...handed, key: handed.key.slice() }]);
  call.b.hand([{ ...handed, key: handed.key.slice() }]);
  await call.start({ codec: "video/VP8", sends }, source.captureStream(30));
  const found = await seen(await shown(), pictures);
  clearInterval(draw);
  call.end();
  return found;
}

async function shown(): Promise<HTMLVideoElement> {
  for (;;) {
    const video = document.querySelector("video");
    if (video && video.videoWidth > 0) return video;
    await new Promise(requestAnimationFrame);
  }
}

async function seen(video: HTMLVideoElement, pictures: number): Promise<number[]> {
  const pen = context(canvas());
  const found: number[] = [];
  while (found.length < pictures) {
    await new Promise((done) => video.requestVideoFrameCallback(done));
    const now = performance.now();
    pen.drawImage(video, 0, 0, BITS * SIDE, SIDE);
    let drawn = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const [light = 0] = pen.getImageData(bit * SIDE + SIDE / 2, SIDE / 2, 1, 1).data;
      if (light > 127) drawn |= 1 << bit;
    }
    found.push((now - drawn + 2 ** BITS) % 2 ** BITS);
  }
  return found;
}

function canvas(): HTMLCanvasElement {
  return Object.assign(document.createElement("canvas"), { width: BITS * SIDE, height: SIDE });
}

function context(of: HTMLCanvasElement): CanvasRenderingContext2D {
  const pen = of.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  return pen;
}
