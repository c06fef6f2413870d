/** The keys of those in a room: one for each sender and epoch, handed out by the hospital's key service. No clock, no port. */
import { NONCE, type Engine, type Sm4 } from "./sm4.ts";

export const SETTLE_MS = 300; // a new key of one's own waits so long for its way to the others
export const GRACE_MS = 5000; // an old key opens so long what was under way
const EPOCHS = 2 ** 24, COUNTERS = 2 ** 40; // what a nonce has room for

export interface Handed {
  sender: string;
  epoch: number;
  key: Uint8Array;
}

interface Held {
  epoch: number;
  sm4: Sm4;
  bytes: Uint8Array;
  since: number;
}

export interface Next {
  epoch: number;
  sm4: Sm4;
  nonce: Uint8Array;
}

export class Keyring {
  private readonly held = new Map<string, Held[]>(); // by sender, the newest first, at most two
  private counter = 0;
  private counts = -1; // of which epoch

  /** `salt`: four random bytes of this page, in case that it ever shares its sender with another one. */
  constructor(private readonly engine: Engine, readonly me: string, private readonly salt: Uint8Array) {
    if (salt.length !== 4) throw new RangeError("a salt of four bytes");
  }

  /** Takes a key; one that is held already, or older than what is held, changes nothing. */
  take({ sender, epoch, key }: Handed, now: number): void {
    if (!Number.isInteger(epoch) || epoch < 0 || epoch >= EPOCHS) throw new RangeError("an epoch out of bounds");
    const before = this.of(sender, now);
    const newest = before[0];
    if (newest && epoch < newest.epoch) return;
    if (newest?.epoch === epoch) {
      if (newest.bytes.some((byte, at) => byte !== key[at])) throw new Error("two keys of one sender and epoch");
      return;
    }
    for (const old of before.splice(1)) forget(old);
    this.held.set(sender, [{ epoch, sm4: this.engine.key(key), bytes: key.slice(), since: now }, ...before]);
  }

  /** The key and nonce for the next frame of one's own, none of which comes twice; null without a key. */
  next(now: number): Next | null {
    const [newest, older] = this.of(this.me, now);
    const held = newest && older && now - newest.since < SETTLE_MS ? older : newest;
    if (!held) return null;
    if (held.epoch !== this.counts) [this.counts, this.counter] = [held.epoch, 0];
    if (this.counter >= COUNTERS) return null;
    const nonce = new Uint8Array(NONCE);
    write(nonce, 0, 3, held.epoch);
    nonce.set(this.salt, 3);
    write(nonce, 7, 5, this.counter++);
    return { epoch: held.epoch, sm4: held.sm4, nonce };
  }

  /** The key that a nonce names; otherwise why there is none. */
  find(sender: string, nonce: Uint8Array, now: number): { epoch: number; sm4: Sm4 } | "no-key" | "old-epoch" {
    const held = this.of(sender, now);
    const epoch = read(nonce, 0, 3);
    return held.find((one) => one.epoch === epoch) ?? (held[0] && epoch < held[0].epoch ? "old-epoch" : "no-key");
  }

  /** Who has left is heard no more. */
  forget(sender: string): void {
    this.held.get(sender)?.forEach(forget);
    this.held.delete(sender);
  }

  /** Forgets every key. */
  wipe(): void {
    for (const sender of [...this.held.keys()]) this.forget(sender);
  }

  private of(sender: string, now: number): Held[] {
    const held = this.held.get(sender) ?? [];
    if (held[0] && now - held[0].since >= GRACE_MS) held.splice(1).forEach(forget);
    return held;
  }
}

/** The running number that a nonce ends with. */
export function counterOf(nonce: Uint8Array): number {
  return read(nonce, 7, 5);
}

function forget({ sm4, bytes }: Held): void {
  sm4.wipe();
  bytes.fill(0);
}

function write(to: Uint8Array, at: number, size: number, value: number): void {
  for (let n = size - 1, rest = value; n >= 0; n--, rest = Math.floor(rest / 256)) to[at + n] = rest % 256;
}

function read(from: Uint8Array, at: number, size: number): number {
  return from.subarray(at, at + size).reduce((value, byte) => value * 256 + byte, 0);
}
