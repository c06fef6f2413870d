/** A document that several pages write together (Yjs): what this page writes is kept by the server, what others write comes in. */
import * as Y from "yjs";
import { afterFailure, waitS } from "../../lib/trying";

/** The server, as far as a document needs it. */
export interface Wire<A> {
  /** What came after an update that is known (0: all of it). */
  read(after: number): Promise<{ update: Uint8Array; nth: number; is_open: boolean; authors: A[] }>;
  write(update: Uint8Array): Promise<unknown>;
  after(seconds: number, call: () => void): () => void;
}

export interface View<A> {
  /** Before the first answer there is nothing to show. */
  isThere: boolean;
  /** Whether it may still be written on. */
  isOpen: boolean;
  /** `away`: the line is down, what was written waits here. */
  state: "kept" | "writing" | "away";
  authors: A[];
  problem: unknown;
}

/** Strokes and letters are gathered so long before they are sent. */
const GATHER_S = 0.3;
const REMOTE = Symbol("remote");

export class Together<A> {
  readonly doc = new Y.Doc();
  private shown: View<A> = { isThere: false, isOpen: false, state: "kept", authors: [], problem: null };
  private readonly heard = new Set<() => void>();
  private waiting: Uint8Array[] = [];
  private known = 0;
  private tries = 0;
  private isSending = false;
  private reading: Promise<void> | undefined;
  private readsAgain = false;
  private stop: (() => void) | undefined;

  constructor(private readonly wire: Wire<A>) {
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) return;
      this.waiting.push(update);
      this.show({ state: this.shown.state === "away" ? "away" : "writing" });
      if (!this.isSending) this.later(GATHER_S);
    });
  }

  readonly view = (): View<A> => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  };

  /** Asks for what others wrote; asked while it asks, it asks once more. */
  pull(): Promise<void> {
    this.readsAgain = this.reading !== undefined;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
      if (this.readsAgain) void this.pull();
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    try {
      const { update, nth, is_open, authors } = await this.wire.read(this.known);
      Y.applyUpdate(this.doc, update, REMOTE);
      this.known = nth;
      this.show({ isThere: true, isOpen: is_open, authors, problem: null });
    } catch (problem) {
      this.show({ problem });
    }
  }

  private later(seconds: number): void {
    this.stop?.();
    this.stop = this.wire.after(seconds, () => void this.send());
  }

  private async send(): Promise<void> {
    if (this.isSending || this.waiting.length === 0) return;
    this.isSending = true;
    const sent = this.waiting.length;
    try {
      await this.wire.write(Y.mergeUpdates(this.waiting));
      this.waiting.splice(0, sent);
      this.tries = 0;
      this.show({ state: this.waiting.length > 0 ? "writing" : "kept", problem: null });
      if (this.waiting.length > 0) this.later(GATHER_S);
    } catch (problem) {
      const goesOn = afterFailure(problem) === "again";
      this.show({ state: "away", problem: goesOn ? null : problem });
      if (goesOn) this.later(waitS(this.tries++));
    } finally {
      this.isSending = false;
    }
  }

  private show(part: Partial<View<A>>): void {
    this.shown = { ...this.shown, ...part };
    this.heard.forEach((listener) => listener());
  }
}
