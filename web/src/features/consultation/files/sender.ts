/** Sends files piece by piece, one after the other. It outlives the panel that shows it: who looks elsewhere loses none. */
import { newKey } from "../../../lib/ids";
import { afterFailure, waitS } from "../../../lib/trying";
import { markOf, pieceOf, placeOf, rateOf, type Sending } from "./model";

/** The server, as far as the sender needs it. */
export interface Wire {
  /** A file of this mark that was half sent: its id and how much of it is there. */
  known(mark: string): Promise<{ id: string; got: number } | undefined>;
  begin(file: File, mark: string): Promise<{ id: string; piece_bytes: number }>;
  /** Answers how many bytes are there then. */
  piece(id: string, at: number, body: Blob, signal: AbortSignal): Promise<number>;
  drop(id: string): Promise<unknown>;
  /** Seconds by some clock; a pause. */
  now(): number;
  pause(seconds: number, signal: AbortSignal): Promise<void>;
}

const LARGEST_PIECE = 8 * 2 ** 20;

export class Sender {
  private items: Sending[] = [];
  private readonly files = new Map<string, { file: File; stop: AbortController }>();
  private readonly heard = new Set<() => void>();
  private isRunning = false;

  constructor(private readonly wire: Wire) {}

  readonly snapshot = (): Sending[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  };

  add(files: Iterable<File>): void {
    for (const file of files) {
      const key = newKey();
      this.files.set(key, { file, stop: new AbortController() });
      this.items = [...this.items, { key, name: file.name, bytes: file.size, state: "waiting", got: 0, rate: 0 }];
    }
    this.told();
    void this.run();
  }

  retry(key: string): void {
    this.change(key, { state: "waiting", error: undefined });
    void this.run();
  }

  /** It is not to go after all. */
  drop(key: string): void {
    const id = this.items.find((one) => one.key === key)?.id;
    this.files.get(key)?.stop.abort();
    this.forget(key);
    if (id) void this.wire.drop(id).catch(() => undefined); // it is forgotten there too, in a week
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    for (let next = this.next(); next; next = this.next()) await this.send(next);
    this.isRunning = false;
  }

  private next(): Sending | undefined {
    return this.items.find(({ state }) => state === "waiting");
  }

  private async send({ key }: Sending): Promise<void> {
    const held = this.files.get(key);
    if (!held) return;
    this.change(key, { state: "sending" });
    try {
      await this.pieces(key, held.file, held.stop.signal);
      this.forget(key);
    } catch (error) {
      if (!held.stop.signal.aborted) this.change(key, { state: "failed", error });
    }
  }

  private async pieces(key: string, file: File, signal: AbortSignal): Promise<void> {
    const { id, got: there, most } = await this.begun(file, signal, key);
    let [got, rate, tries] = [there, 0, 0];
    this.change(key, { id, got });
    while (got < file.size) {
      const [began, end] = [this.wire.now(), Math.min(file.size, got + pieceOf(rate, most))];
      try {
        const now = await this.wire.piece(id, got, file.slice(got, end), signal);
        rate = rateOf(rate, now - got, this.wire.now() - began);
        [got, tries] = [now, 0];
        this.change(key, { state: "sending", got, rate });
      } catch (error) {
        const place = placeOf(error);
        if (place !== undefined) got = place;
        else if (signal.aborted || afterFailure(error) === "failed") throw error;
        else await this.later(key, tries++, signal);
      }
    }
  }

  private async begun(file: File, signal: AbortSignal, key: string): Promise<{ id: string; got: number; most: number }> {
    const mark = markOf(file);
    for (let tries = 0; ; tries++) {
      try {
        const known = await this.wire.known(mark);
        if (known) return { ...known, most: LARGEST_PIECE };
        const { id, piece_bytes } = await this.wire.begin(file, mark);
        return { id, got: 0, most: Math.min(LARGEST_PIECE, piece_bytes) };
      } catch (error) {
        if (signal.aborted || afterFailure(error) !== "again") throw error;
        await this.later(key, tries, signal);
      }
    }
  }

  private async later(key: string, tries: number, signal: AbortSignal): Promise<void> {
    this.change(key, { state: "away", rate: 0 });
    await this.wire.pause(waitS(tries), signal);
  }

  private change(key: string, part: Partial<Sending>): void {
    this.items = this.items.map((one) => (one.key === key ? { ...one, ...part } : one));
    this.told();
  }

  private forget(key: string): void {
    this.files.delete(key);
    this.items = this.items.filter((one) => one.key !== key);
    this.told();
  }

  private told(): void {
    this.heard.forEach((listener) => listener());
  }
}
