/** What one has written and the centre has not confirmed: sent one after the other, in their order, each under a key of its own,
 * so that what is sent again is kept once. It outlives the panel that shows it, and a page that is loaded anew. */
import { newKey } from "../../lib/ids";
import { afterFailure } from "../../lib/trying";

export interface Unsent {
  key: string;
  text: string;
  at: number;
  state: "sending" | "failed";
  error?: unknown;
}

/** What an outbox needs of its window and of the server. */
export interface Wire {
  /** Resolves once it is kept for good, and its page has been told. */
  send(one: Unsent): Promise<unknown>;
  now(): number;
  read(): string | null;
  keep(value: string | null): void;
}

interface Kept {
  items: Pick<Unsent, "key" | "text" | "at">[];
  typed: string;
}

export class Outbox {
  private items: readonly Unsent[] = [];
  private words = "";
  private readonly heard = new Set<() => void>();
  private running: Promise<void> | undefined;

  constructor(private readonly wire: Wire) {
    const kept = wire.read();
    if (kept === null) return;
    const { items, typed } = JSON.parse(kept) as Kept;
    this.items = items.map((one) => ({ ...one, state: "sending" }));
    this.words = typed;
    void this.run();
  }

  readonly snapshot = (): readonly Unsent[] => this.items;
  /** What is typed and not sent yet. */
  readonly typed = (): string => this.words;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.heard.add(listener);
    return () => this.heard.delete(listener);
  };

  type(words: string): void {
    this.words = words;
    this.told();
  }

  /** Sends what is typed. */
  say(): void {
    const text = this.words.trim();
    if (!text) return;
    this.items = [...this.items, { key: newKey(), text, at: this.wire.now(), state: "sending" }];
    this.type("");
    void this.run();
  }

  /** Sends what failed once more: one of them, or all that may be taken this time. */
  again(key?: string): Promise<void> {
    this.items = this.items.map((one) => {
      const isWanted = key === undefined ? afterFailure(one.error) === "again" : one.key === key;
      return one.state === "failed" && isWanted ? { key: one.key, text: one.text, at: one.at, state: "sending" } : one;
    });
    this.told();
    return this.run();
  }

  /** The server has these, though its answer may not have come. */
  confirm(keys: ReadonlySet<string>): void {
    if (!this.items.some(({ key }) => keys.has(key))) return;
    this.items = this.items.filter(({ key }) => !keys.has(key));
    this.told();
  }

  /** What failed is not to go as it is: its words are typed again. */
  takeBack(key: string): void {
    const one = this.items.find((item) => item.key === key && item.state === "failed");
    if (!one) return;
    this.items = this.items.filter((item) => item !== one);
    this.type([one.text, this.words].filter(Boolean).join("\n"));
  }

  private run(): Promise<void> {
    this.running ??= this.all().finally(() => (this.running = undefined));
    return this.running;
  }

  private async all(): Promise<void> {
    for (let next = this.next(); next; next = this.next()) {
      const one = next;
      try {
        await this.wire.send(one);
        this.items = this.items.filter(({ key }) => key !== one.key);
      } catch (error) {
        // With the line down nothing goes before what was written before it
        const all = afterFailure(error) === "again";
        this.items = this.items.map((item) => (item.state === "sending" && (all || item.key === one.key) ? { ...item, state: "failed", error } : item));
      }
      this.told();
    }
  }

  private next(): Unsent | undefined {
    return this.items.find(({ state }) => state === "sending");
  }

  private told(): void {
    const items = this.items.map(({ key, text, at }) => ({ key, text, at }));
    this.wire.keep(items.length > 0 || this.words ? JSON.stringify({ items, typed: this.words } satisfies Kept) : null);
    this.heard.forEach((listener) => listener());
  }
}
