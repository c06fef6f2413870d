/** One track's frames, sealed on their way out and opened on their way in. Nothing passes that is not sealed. */
import { joined } from "./bytes.ts";
import { arrived, divided, travelling, TRAILER, type Parts } from "./frame.ts";
import { counterOf, type Keyring } from "./keyring.ts";
import { NONCE } from "./sm4.ts";

export type Reason = "empty" | "codec" | "no-key" | "old-epoch" | "not-sealed" | "broken" | "replayed";

/** Whose frames: the sender as the key service calls it, and which of its tracks (camera, screen, microphone). */
export interface Label {
  sender: string;
  track: string;
}

export interface Encoded {
  data: Uint8Array;
  codec: string;
  isKey: boolean;
}

/** A frame for the next hand, or why there is none. */
export type Outcome = Uint8Array<ArrayBuffer> | Reason;

export function seal(keys: Keyring, track: string, { data, codec, isKey }: Encoded, now: number): Outcome {
  const parts = divided(codec, data, isKey);
  if (parts === null) return "codec";
  const next = keys.next(now);
  if (next === null) return "no-key";
  const trailer = joined(next.nonce, Uint8Array.of(parts.clear.length & 255, parts.form));
  const sealed = next.sm4.seal(next.nonce, bound({ sender: keys.me, track }, next.epoch, trailer, parts), parts.rest);
  return travelling(parts, joined(sealed, trailer));
}

/** Opens one track; remembers what has come, so that nothing comes twice. */
export class Opener {
  private readonly seen = new Map<number, Window>(); // by epoch

  constructor(private readonly keys: Keyring, private readonly label: Label) {}

  open(data: Uint8Array, now: number): Outcome {
    if (data.length === 0) return "empty"; // a probe of the line: Chromium hands on such packets of sound
    const parts = arrived(data);
    if (parts === null) return "not-sealed";
    const trailer = parts.rest.subarray(-TRAILER), nonce = trailer.subarray(0, NONCE);
    const found = this.keys.find(this.label.sender, nonce, now);
    if (typeof found === "string") return found;
    const opened = found.sm4.open(nonce, bound(this.label, found.epoch, trailer, parts), parts.rest.subarray(0, -TRAILER));
    if (opened === null) return "broken";
    if (!this.window(found.epoch).takes(counterOf(nonce))) return "replayed";
    return joined(parts.clear, opened);
  }

  /** No key is older than the one before the newest. */
  private window(epoch: number): Window {
    const window = this.seen.get(epoch) ?? new Window();
    if (!this.seen.has(epoch) && this.seen.size === 2) this.seen.delete(Math.min(...this.seen.keys()));
    this.seen.set(epoch, window);
    return window;
  }
}

/** Which running numbers have come: what is far behind the highest counts as having come. */
class Window {
  private readonly came = new Set<number>();
  private highest = -1;

  takes(counter: number): boolean {
    if (counter <= this.highest - WINDOW || this.came.has(counter)) return false;
    this.came.add(counter);
    if (counter > this.highest) this.highest = counter;
    if (this.came.size > 2 * WINDOW) for (const old of this.came) if (old <= this.highest - WINDOW) this.came.delete(old);
    return true;
  }
}

/** A page numbers the frames of all its tracks in one row: camera, screen and sound, five seconds of them. */
export const WINDOW = 1024;

/** What the tag vouches for besides the ciphertext. */
function bound({ sender, track }: Label, epoch: number, trailer: Uint8Array, { bound }: Parts): Uint8Array {
  return joined(new TextEncoder().encode(`${JSON.stringify([sender, track, epoch])}\n`), trailer, bound);
}
