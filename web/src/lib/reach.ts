/** Whether the server answers. What the browser believes of its network is no sign: every request and the live
 * connection tell what they saw, and in doubt the server is asked. */
import { useSyncExternalStore } from "react";
import type { Clock } from "./live";

/** While nobody answers, it is asked this often ... */
export const AGAIN_MS = 3000;
/** ... and this long is waited for an answer. */
const ANSWER_MS = 4000;
/** A gateway that stands before the server says that nobody is behind it (RFC 9110 15.6.3, 15.6.5). */
const NOBODY = [502, 504];

export class Reach {
  /** Since when nobody has answered, in milliseconds; null while somebody does. */
  since: number | null = null;
  private asking = false;
  private readonly followers = new Set<() => void>();
  private readonly ask: () => Promise<{ status: number }>;
  private readonly clock: Clock;

  constructor(ask: () => Promise<{ status: number }>, clock: Clock) {
    this.ask = ask;
    this.clock = clock;
  }

  /** Calls back at each change until the answer is called. */
  follow = (changed: () => void): (() => void) => {
    this.followers.add(changed);
    return () => this.followers.delete(changed);
  };

  /** An answer came, whatever it said. */
  answered(status = 200): void {
    if (NOBODY.includes(status)) this.silent();
    else if (this.since !== null) this.change(null);
  }

  /** No answer came: the server is asked until it gives one. */
  silent(): void {
    if (this.since !== null) return;
    this.change(this.clock.now());
    this.later();
  }

  /** Something looks wrong; asking tells. */
  doubt(): void {
    if (this.asking) return;
    this.asking = true;
    void this.ask()
      .then(({ status }) => this.answered(status), () => this.silent())
      .finally(() => (this.asking = false));
  }

  private later(): void {
    this.clock.after(AGAIN_MS, () => {
      if (this.since === null) return;
      this.doubt();
      this.later();
    });
  }

  private change(since: number | null): void {
    this.since = since;
    for (const call of this.followers) call();
  }
}

export const reach = new Reach(
  () => globalThis.fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) }),
  {
    now: () => Date.now(),
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
  },
);

/** The browser's fetch, telling what came of it. */
export const watchedFetch: typeof globalThis.fetch = async (input, init) => {
  try {
    const answer = await globalThis.fetch(input, init);
    reach.answered(answer.status);
    return answer;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) reach.silent();
    throw error;
  }
};

/** Since when nobody has answered this page, in milliseconds; null while the server answers. */
export const useSilence = (): number | null => useSyncExternalStore(reach.follow, () => reach.since);
