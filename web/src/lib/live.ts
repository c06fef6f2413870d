/** The client of /live: a snapshot, then ordered events; a lost connection is taken up where it ended.
 *
 * No socket, clock or timer is reached for here: they come in, so that a test can hold them. */

export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: (() => void) | null;
}

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, call: () => void): () => void;
}

/** Folds one event into what is shown. */
export type Apply<S> = (state: S, event: string, data: unknown) => S;

export interface View<S> {
  state: S | undefined;
  seq: number;
  /** When this channel was last known to be whole, in milliseconds of the clock; undefined before the first snapshot. */
  heardAt: number | undefined;
  connected: boolean;
  problem: { code: string } | undefined;
}

interface Channel {
  view: View<unknown>;
  apply: Apply<unknown>;
  changed: Set<() => void>;
  /** After a gap the server was asked to repeat; until it does, what was under way behind the gap is let go. */
  asked: boolean;
}

interface Message {
  channel?: string;
  /** The server is there; with the last number of each channel that this page follows. */
  ping?: unknown;
  channels?: Record<string, number>;
  seq?: number;
  snapshot?: unknown;
  event?: string;
  data?: unknown;
  /** A channel in which a page showed something in passing, and whose page it was. */
  relayed?: string;
  from?: string;
  problem?: { code: string };
}

const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15000];
/** The server pings every 15 s. A silent connection may be dead: after this long it is asked for a sign ... */
export const SILENCE_MS = 20_000;
/** ... and without an answer the connection is given up. */
export const ANSWER_MS = 8_000;

/** What another page of a channel shows in passing, and whose it is. */
export type Hearer = (from: string, data: unknown) => void;

const EMPTY: View<unknown> = { state: undefined, seq: 0, heardAt: undefined, connected: false, problem: undefined };

export class Live {
  private readonly channels = new Map<string, Channel>();
  private readonly hearers = new Map<string, Set<Hearer>>();
  private socket: Socket | null = null;
  private open = false;
  private attempts = 0;
  private cancelTimer: () => void = () => undefined;
  private readonly connect: () => Socket;
  private readonly clock: Clock;

  constructor(connect: () => Socket, clock: Clock) {
    this.connect = connect;
    this.clock = clock;
  }

  /** Follows a channel until the answer is called. The first follower's `apply` folds the events for all. */
  follow<S>(name: string, apply: Apply<S>, changed: () => void): () => void {
    const channel = this.channels.get(name) ?? this.begin(name, apply as Apply<unknown>);
    channel.changed.add(changed);
    return () => {
      channel.changed.delete(changed);
      if (channel.changed.size === 0) this.end(name);
    };
  }

  view<S>(name: string): View<S> {
    return (this.channels.get(name)?.view ?? EMPTY) as View<S>;
  }

  /** Shows something to the other pages of a channel that is followed: at once or not at all, and kept nowhere. */
  relay(name: string, data: unknown): void {
    if (this.open && this.channels.has(name)) this.socket?.send(JSON.stringify({ relay: name, data }));
  }

  /** Hears what others show in a channel that is followed, until the answer is called. */
  listen(name: string, hearer: Hearer): () => void {
    const there = this.hearers.get(name) ?? new Set();
    this.hearers.set(name, there.add(hearer));
    return () => there.delete(hearer);
  }

  private begin(name: string, apply: Apply<unknown>): Channel {
    const channel: Channel = { view: { ...EMPTY, connected: this.open }, apply, changed: new Set(), asked: false };
    this.channels.set(name, channel);
    if (this.open) this.subscribe(name);
    else if (!this.socket) this.start();
    return channel;
  }

  private end(name: string): void {
    this.channels.delete(name);
    if (this.channels.size > 0) {
      if (this.open) this.socket?.send(JSON.stringify({ unsubscribe: name }));
      return;
    }
    this.cancelTimer();
    const socket = this.socket;
    this.forget();
    socket?.close();
  }

  private start(): void {
    const socket = this.connect();
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (text) => this.heard(JSON.parse(text) as Message);
    socket.onclose = () => this.lost();
  }

  private opened(): void {
    this.open = true;
    this.attempts = 0;
    for (const name of this.channels.keys()) this.subscribe(name);
    this.watch();
  }

  private lost(): void {
    this.cancelTimer();
    this.forget();
    for (const channel of this.channels.values()) {
      channel.asked = false;
      this.change(channel, { connected: false });
    }
    const wait = BACKOFF_MS[Math.min(this.attempts, BACKOFF_MS.length - 1)] ?? 0;
    this.attempts += 1;
    this.cancelTimer = this.clock.after(wait, () => this.start());
  }

  private forget(): void {
    if (this.socket) this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket = null;
    this.open = false;
  }

  private subscribe(name: string): void {
    const channel = this.channels.get(name);
    const after = channel?.view.heardAt !== undefined ? { after: channel.view.seq } : {};
    this.socket?.send(JSON.stringify({ subscribe: name, ...after }));
  }

  /** Silence is either calm or a dead connection: only an answer tells which. */
  private watch(): void {
    this.cancelTimer();
    this.cancelTimer = this.clock.after(SILENCE_MS, () => {
      this.socket?.send(JSON.stringify({ ping: this.clock.now() }));
      this.cancelTimer = this.clock.after(ANSWER_MS, () => {
        const socket = this.socket;
        this.lost();
        socket?.close();
      });
    });
  }

  private heard(message: Message): void {
    this.watch();
    if (message.relayed !== undefined && message.from !== undefined) {
      for (const hearer of this.hearers.get(message.relayed) ?? []) hearer(message.from, message.data);
      return;
    }
    if (message.ping !== undefined) this.compare(message.channels ?? {});
    const channel = this.channels.get(message.channel ?? "");
    if (!channel || message.channel === undefined) return;
    if (message.problem) this.change(channel, { problem: message.problem });
    else if ("snapshot" in message) this.take(channel, message.seq ?? 0, message.snapshot);
    else this.fold(message.channel, channel, message);
  }

  /** What the server says it has given against what came: equal is whole as of now, more is asked for again. */
  private compare(places: Record<string, number>): void {
    for (const [name, seq] of Object.entries(places)) {
      const channel = this.channels.get(name);
      if (channel?.view.heardAt === undefined) continue;
      if (seq > channel.view.seq) this.subscribe(name);
      else this.change(channel, { heardAt: this.clock.now(), connected: true });
    }
  }

  private take(channel: Channel, seq: number, state: unknown): void {
    channel.asked = false;
    this.change(channel, { state, seq, heardAt: this.clock.now(), connected: true, problem: undefined });
  }

  private fold(name: string, channel: Channel, { seq = 0, event = "", data }: Message): void {
    if (seq <= channel.view.seq) return;
    if (seq > channel.view.seq + 1) {
      if (!channel.asked) this.subscribe(name);
      channel.asked = true;
      return;
    }
    channel.asked = false;
    const state = channel.apply(channel.view.state, event, data);
    this.change(channel, { state, seq, heardAt: this.clock.now(), connected: true, problem: undefined });
  }

  private change(channel: Channel, part: Partial<View<unknown>>): void {
    channel.view = { ...channel.view, ...part };
    for (const call of channel.changed) call();
  }
}
