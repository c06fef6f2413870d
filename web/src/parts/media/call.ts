/** One page's two connections with the media server: what it sends, and what it gets of all others.
 *
 * The server is asked through `Signals` alone, one question after the other. Descriptions go whole, with their ways. */

import type { Label, Receiving, Sealing, Sending } from "./seal";

export interface Track {
  mid: string;
  kind: string;
  person: string;
  label: string;
  active: boolean;
}

export interface Offer {
  /** '' when there is nothing to answer. */
  sdp: string;
  tracks: Track[];
}

export interface Signals {
  publish(sdp: string, labels: Record<string, string>): Promise<string>;
  receive(anew: boolean): Promise<Offer>;
  answer(sdp: string): Promise<unknown>;
}

/** Somebody else's sound and picture. */
export interface Feed {
  person: string;
  label: string;
  stream: MediaStream;
  /** Whether a picture is among it. */
  shows: boolean;
}

/** What was measured of the link in the last moment. */
export interface Measured {
  rtt_ms?: number;
  jitter_ms?: number;
  lost?: number;
}

/** What becomes of a call. */
export interface Told {
  changed(): void;
  failed(error: unknown): void;
  /** A track went out clear; it is stopped by then. */
  leaked(): void;
}

const GATHERED_MS = 1500;
export const CAMERA = "camera";
export const MICROPHONE = "microphone";

export class Call {
  #sends: RTCPeerConnection | undefined;
  #receives: RTCPeerConnection | undefined;
  #tracks: Track[] = [];
  #stream: MediaStream | undefined;
  #sent: Sending[] = [];
  #received = new Map<string, Receiving>();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly signals: Signals,
    private readonly sealing: Sealing,
    private readonly ice: RTCIceServer[],
    private readonly told: Told,
  ) {}

  /** Sends this, instead of what was sent before, and receives what others send. */
  begin(stream: MediaStream): void {
    this.#stream = stream;
    this.again();
  }

  /** Both connections anew: the media server is another one, or the way to it has ended. */
  again(): void {
    this.#queue(async () => {
      this.#end();
      await this.#send();
      await this.#get(true);
    });
  }

  /** Others send something else than before. */
  follow(): void {
    this.#queue(() => this.#get(this.#receives === undefined));
  }

  /** What others send now. */
  feeds(): Feed[] {
    const found = new Map<string, Feed>();
    for (const { mid, kind, person, label, active } of this.#tracks) {
      const track = this.#receives?.getTransceivers().find((one) => one.mid === mid)?.receiver.track;
      if (!active || !track) continue;
      const name = label === CAMERA || label === MICROPHONE ? "" : label;
      const key = `${person}/${name}`;
      const feed = found.get(key) ?? { person, label: name, stream: new MediaStream(), shows: false };
      feed.stream.addTrack(track);
      feed.shows ||= kind === "video";
      found.set(key, feed);
    }
    return [...found.values()];
  }

  async measured(): Promise<Measured> {
    const told: Measured = {};
    let lost = 0;
    let came = 0;
    for (const connection of [this.#sends, this.#receives]) {
      if (!connection) continue;
      for (const one of (await connection.getStats()).values() as IterableIterator<Record<string, unknown>>) {
        if (one.type === "candidate-pair" && one.nominated && typeof one.currentRoundTripTime === "number") {
          told.rtt_ms = Math.round(one.currentRoundTripTime * 1000);
        }
        if (one.type === "inbound-rtp") {
          lost += Math.max(0, Number(one.packetsLost ?? 0));
          came += Number(one.packetsReceived ?? 0);
          if (one.kind === "audio" && typeof one.jitter === "number") told.jitter_ms = Math.round(one.jitter * 1000);
        }
      }
    }
    if (came > 0) told.lost = lost / (lost + came);
    return told;
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
        if (!this.#closed) this.told.failed(error);
      }
    });
  }

  #end(): void {
    this.#sends?.close();
    this.#receives?.close();
    this.#sent.forEach((one) => one.end());
    this.#received.forEach((one) => one.end());
    this.#sends = this.#receives = undefined;
    this.#tracks = [];
    this.#sent = [];
    this.#received = new Map();
  }

  async #send(): Promise<void> {
    const tracks = this.#stream?.getTracks() ?? [];
    if (tracks.length === 0) return;
    const connection = (this.#sends = this.#connection());
    this.#sent = tracks.map((track) => this.sealing.send(connection, track, nameOf(track), this.told.leaked));
    await connection.setLocalDescription();
    const sdp = await whole(connection);
    const labels = Object.fromEntries(
      connection.getTransceivers().flatMap(({ mid, sender }) => (mid !== null && sender.track ? [[mid, nameOf(sender.track)]] : [])),
    );
    await connection.setRemoteDescription({ type: "answer", sdp: await this.signals.publish(sdp, labels) });
  }

  async #get(anew: boolean): Promise<void> {
    const offer = await this.signals.receive(anew);
    if (!offer.sdp) return;
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
  }

  #labelOf(mid: string): Label | undefined {
    const track = this.#tracks.find((one) => one.mid === mid);
    return track && { sender: track.person, track: track.label };
  }

  #connection(): RTCPeerConnection {
    const connection = new RTCPeerConnection({ iceServers: this.ice, bundlePolicy: "max-bundle" });
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") this.again();
    };
    return connection;
  }
}

const nameOf = ({ kind }: MediaStreamTrack): string => (kind === "video" ? CAMERA : MICROPHONE);

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
