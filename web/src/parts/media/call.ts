/** One page's two connections: what it sends, and what it gets of all others; with the media server, or where there is
 * none with the one other page, which answers when it is there.
 *
 * The server is asked through `Signals` alone, one question after the other. Descriptions go whole, with their ways. */

import { asProblem } from "../../lib/problem";
import type { Label, Receiving, Sealing, Sending } from "./seal";
import { CAMERA, encodings, MICROPHONE, SECOND, SECOND_SOUND, type Size, type Source } from "./sources";
import { looked, type Before, type Look, type Stat } from "./stats";

export interface Track {
  mid: string;
  kind: string;
  person: string;
  label: string;
  active: boolean;
  /** It comes in several sizes. */
  layers: boolean;
}

export interface Offer {
  /** '' when there is nothing to answer. */
  sdp: string;
  tracks: Track[];
  /** Without a server: the other's page is another connection; what it answers to ours; the word to begin anew. */
  is_new: boolean;
  answer: string;
  again: boolean;
}

export interface Signals {
  /** '' when the answer comes later, with what is received. */
  publish(sdp: string, labels: Record<string, string>, anew: boolean): Promise<string>;
  receive(how: { anew?: boolean; restart?: boolean }): Promise<Offer>;
  answer(sdp: string): Promise<unknown>;
  select(sizes: Record<string, Size | null>): Promise<unknown>;
}

/** Somebody else's sound and picture. */
export interface Feed {
  person: string;
  /** '' for voice and face, which belong together; otherwise what it is called. */
  label: string;
  stream: MediaStream;
  /** Whether a picture is among it. */
  shows: boolean;
}

/** What becomes of a call. */
export interface Told {
  changed(): void;
  failed(error: unknown): void;
  /** A track went out clear; it is stopped by then. */
  leaked(): void;
}

/** How much is sent: in how many sizes a picture, and how much of the voice. */
export interface Limits {
  sizes: number;
  voice_bits_per_s: number;
}

const GATHERED_MS = 1500;
const PATIENCE_MS = 1500; // a connection that nothing comes through may still be the same network that is slow

const SILENT_MS = 1500, REROUTED_MS = 10_000;

/** A router may forget us without a word: the server is heard when we ask it, and what it sends goes to nobody. */
export class Silence {
  #since = 0;
  #quietUntil = 0;

  /** Whether another way is to be looked for: it has been silent for long, and that was not just done. */
  lasts(isSilent: boolean, now: number): boolean {
    this.#since = isSilent ? this.#since || now : 0;
    if (this.#since === 0 || now - this.#since < SILENT_MS || now < this.#quietUntil) return false;
    this.#quietUntil = now + REROUTED_MS;
    return true;
  }
}

/** What belongs together is one feed. */
const FEEDS: Record<string, string> = { [CAMERA]: "", [MICROPHONE]: "", [SECOND_SOUND]: SECOND };
export const keyOf = (person: string, label: string): string => `${person}/${FEEDS[label] ?? label}`;

/** What others send, by whom and what it is called: a track that has no place any more is nobody's. */
export function feedsOf(tracks: Track[], trackAt: (mid: string) => MediaStreamTrack | undefined, streams: Map<string, MediaStream>): Feed[] {
  const found = new Map<string, Feed>();
  for (const { mid, kind, person, label, active } of tracks) {
    const track = trackAt(mid);
    if (!active || !track) continue;
    const key = keyOf(person, label);
    const feed = found.get(key) ?? { person, label: key.slice(person.length + 1), stream: streamOf(key, streams), shows: false };
    if (!feed.stream.getTracks().includes(track)) {
      feed.stream.getTracks().filter((old) => old.kind === track.kind).forEach((old) => feed.stream.removeTrack(old));
      feed.stream.addTrack(track);
    }
    feed.shows ||= kind === "video";
    found.set(key, feed);
  }
  for (const key of streams.keys()) if (!found.has(key)) streams.delete(key);
  return [...found.values()];
}

/** The same stream for the same feed, so that a picture goes on while others come and go. */
function streamOf(key: string, streams: Map<string, MediaStream>): MediaStream {
  const stream = streams.get(key) ?? new MediaStream();
  streams.set(key, stream);
  return stream;
}

export class Call {
  #sends: RTCPeerConnection | undefined;
  #receives: RTCPeerConnection | undefined;
  #tracks: Track[] = [];
  #streams = new Map<string, MediaStream>();
  #sources: Source[] = [];
  #sent = new Map<string, Sending>();
  #received = new Map<string, Receiving>();
  #chosen: Record<string, Size | null> = {}; // by mid, as the server was told
  #wishes = new Map<string, Size | null>(); // by feed
  #limits: Limits | undefined;
  #before: Before | undefined;
  #silence = new Silence();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly signals: Signals,
    private readonly sealing: Sealing,
    private readonly ice: RTCIceServer[],
    private readonly told: Told,
  ) {
    this.#queue(() => this.#get({ anew: true }));
  }

  /** Sends this from now on, and nothing else. */
  show(sources: Source[]): void {
    this.#sources = sources;
    this.#queue(() => this.#send());
  }

  /** Both connections anew: the media server is another one, or the way to it is not found again. */
  again(): void {
    this.#queue(async () => {
      this.#end();
      await this.#send();
      await this.#get({ anew: true });
    });
  }

  /** Others send something else than before. */
  follow(): void {
    this.#queue(() => this.#get({ anew: this.#receives === undefined }));
  }

  /** The page is on another network: both connections look for their way again. */
  reroute(): void {
    this.#queue(async () => {
      if (this.#sends) await this.#offer(this.#sends, { iceRestart: true });
      if (this.#receives) await this.#get({ restart: true });
    });
  }

  /** In what sizes the pictures of these feeds are wanted, null for not at all; of others nothing changes. */
  choose(wishes: Map<string, Size | null>): void {
    this.#wishes = wishes;
    this.#queue(() => this.#select());
  }

  /** No more than this is sent from now on. */
  limit(limits: Limits): void {
    this.#limits = limits;
    this.#queue(() => this.#curb());
  }

  /** What others send now. */
  feeds(): Feed[] {
    const at = new Map(this.#receives?.getTransceivers().map(({ mid, receiver }) => [mid, receiver.track]));
    return feedsOf(this.#tracks, (mid) => at.get(mid), this.#streams);
  }

  /** What the connections did since they were last looked at. */
  async look(): Promise<Look> {
    const [sends, receives] = await Promise.all([stats(this.#sends), stats(this.#receives)]);
    const personOf = (mid: string): string | undefined => this.#tracks.find((one) => one.mid === mid && one.active)?.person;
    const found = looked(sends, receives, this.#before, personOf, performance.now());
    this.#before = found.before;
    if (this.#silence.lasts(found.isSilent, performance.now())) this.reroute();
    return found;
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #queue(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed) return;
      try {
        await work();
        this.told.changed();
      } catch (error) {
        if (this.#closed) return;
        if (asProblem(error).code === "media.gone") this.again(); // the other end has let a connection go meanwhile
        else this.told.failed(error);
      }
    });
  }

  #end(): void {
    this.#sends?.close();
    this.#sent.forEach((one) => one.end());
    this.#sends = this.#before = undefined;
    this.#sent = new Map();
    this.#hangUp();
  }

  /** Nothing is received any more. */
  #hangUp(): void {
    this.#receives?.close();
    this.#received.forEach((one) => one.end());
    this.#receives = undefined;
    this.#tracks = [];
    this.#received = new Map();
    this.#chosen = {};
  }

  /** A track that takes another's place needs no word with the server; one that comes or goes does. */
  async #send(): Promise<void> {
    const anew = this.#sends === undefined;
    if (anew && this.#sources.length === 0) return;
    const connection = (this.#sends ??= this.#connection());
    let differs = anew;
    for (const [label, { transceiver }] of this.#sent) {
      if (this.#sources.some((one) => one.label === label) || transceiver.direction === "inactive") continue;
      transceiver.direction = "inactive";
      await transceiver.sender.replaceTrack(null);
      differs = true;
    }
    for (const { label, track } of this.#sources) {
      const sent = this.#sent.get(label);
      // What seals a track is set in the task in which its transceiver comes into being
      if (!sent) this.#sent.set(label, this.sealing.send(connection, track, label, this.told.leaked, { sendEncodings: encodings(label) }));
      else if (sent.transceiver.sender.track !== track) await sent.transceiver.sender.replaceTrack(track);
      differs ||= !sent || sent.transceiver.direction === "inactive";
      if (sent) sent.transceiver.direction = "sendonly";
    }
    if (differs) await this.#offer(connection, {}, anew);
    await this.#curb();
  }

  async #offer(connection: RTCPeerConnection, how: RTCOfferOptions, anew = false): Promise<void> {
    await connection.setLocalDescription(await connection.createOffer(how));
    const sdp = await whole(connection);
    const labels = Object.fromEntries([...this.#sent].flatMap(([label, { transceiver: { mid } }]) => (mid === null ? [] : [[mid, label]])));
    await this.#answered(await this.signals.publish(sdp, labels, anew));
  }

  async #answered(sdp: string): Promise<void> {
    if (sdp && this.#sends?.signalingState === "have-local-offer") await this.#sends.setRemoteDescription({ type: "answer", sdp });
  }

  async #curb(): Promise<void> {
    if (!this.#limits) return;
    for (const { transceiver: { sender } } of this.#sent.values()) {
      const parameters = sender.getParameters();
      if (sender.track === null || parameters.encodings.length === 0) continue;
      limited(parameters.encodings, sender.track.kind, this.#limits);
      await sender.setParameters(parameters);
    }
  }

  async #get(how: { anew?: boolean; restart?: boolean }): Promise<void> {
    const offer = await this.signals.receive(how);
    await this.#answered(offer.answer);
    if (offer.again) return this.again();
    if (!offer.sdp) return;
    if (offer.is_new) this.#hangUp();
    this.#tracks = offer.tracks;
    const connection = (this.#receives ??= this.#connection());
    // What opens a track is set in the task in which the track comes into being
    connection.ontrack = ({ transceiver }) => {
      const { mid } = transceiver;
      if (mid !== null && !this.#received.has(mid)) this.#received.set(mid, this.sealing.receive(transceiver, this.#labelOf(mid)));
    };
    for (const [mid, one] of this.#received) {
      const label = this.#labelOf(mid);
      if (label) one.from(label);
    }
    await connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    await connection.setLocalDescription();
    await this.signals.answer(await whole(connection));
    await this.#select();
  }

  async #select(): Promise<void> {
    const sizes: Record<string, Size | null> = {};
    for (const { mid, kind, person, label, active, layers } of this.#tracks) {
      const wish = this.#wishes.get(keyOf(person, label));
      if (kind !== "video" || !active || wish === undefined) continue;
      const size = wish !== null && !layers ? 2 : wish; // there is one size, and it comes or not
      if ((this.#chosen[mid] ?? (mid in this.#chosen ? null : layers ? 0 : 2)) !== size) sizes[mid] = size;
    }
    if (Object.keys(sizes).length === 0) return;
    await this.signals.select(sizes);
    this.#chosen = { ...this.#chosen, ...sizes };
  }

  #labelOf(mid: string): Label | undefined {
    const track = this.#tracks.find((one) => one.mid === mid);
    return track && { sender: track.person, track: track.label };
  }

  #connection(): RTCPeerConnection {
    const connection = new RTCPeerConnection({ iceServers: this.ice, bundlePolicy: "max-bundle" });
    let timer: ReturnType<typeof setTimeout> | undefined;
    connection.onconnectionstatechange = () => {
      clearTimeout(timer);
      if (connection.connectionState === "failed") this.again();
      if (connection.connectionState === "disconnected") timer = setTimeout(() => this.reroute(), PATIENCE_MS);
    };
    return connection;
  }
}

/** Of a picture in sizes, which stand from the largest down, so many of the smallest are sent. */
export function limited(encodings: RTCRtpEncodingParameters[], kind: string, { sizes, voice_bits_per_s }: Limits): void {
  for (const [nth, one] of encodings.entries()) {
    if (kind === "audio") one.maxBitrate = voice_bits_per_s;
    else one.active = encodings.length - nth <= sizes;
  }
}

async function stats(connection: RTCPeerConnection | undefined): Promise<Stat[]> {
  return connection ? [...((await connection.getStats()) as unknown as Map<string, Stat>).values()] : [];
}

/** The description with all its ways, or with those that were found in time. */
function whole(connection: RTCPeerConnection): Promise<string> {
  return new Promise((done) => {
    const end = (): void => done(connection.localDescription?.sdp ?? "");
    if (connection.iceGatheringState === "complete") return end();
    const timer = setTimeout(end, GATHERED_MS);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      end();
    });
  });
}
