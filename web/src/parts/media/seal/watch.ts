/** Whether what was sent was sealed. A transform that the browser ignores lets the frames out clear, and says nothing. */
import type { Count } from "./messages.ts";

export const LOOK_MS = 500;

/** What a sender has given to the network: pictures of all its layers, or bytes of sound. */
export interface Sent {
  frames: number;
  bytes: number;
}

export function sentOf(stats: Iterable<Record<string, unknown>>): Sent {
  const sent = { frames: 0, bytes: 0 };
  for (const one of stats) {
    if (one["type"] !== "outbound-rtp") continue;
    // A picture counts before it comes to the transform. A packet of sound may be empty, for probing; its bytes tell.
    if (one["kind"] === "video") sent.frames += number(one["framesSent"]);
    else sent.bytes += number(one["bytesSent"]) - number(one["retransmittedBytesSent"]);
  }
  return sent;
}

/** `sent` was asked a look before `sealed`, so that all of it has come through the transform since, if it came at all. */
export function leaks(sent: Sent, sealed: Count | undefined): boolean {
  const dropped = Object.values(sealed?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  return sent.frames > (sealed?.passed ?? 0) + dropped || sent.bytes > (sealed?.bytes ?? 0);
}

interface Watched {
  track: MediaStreamTrack | null;
  getStats(): Promise<RTCStatsReport>;
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
}

/** Looks twice a second; when a frame went out clear the track is stopped and `leaked` called. Answers how to end. */
export function watch(sender: Watched, sealed: () => Promise<Count | undefined>, leaked: () => void): () => void {
  let before: Sent = { frames: 0, bytes: 0 };
  let isLooking = false;
  const look = async (): Promise<void> => {
    const sent = sentOf((await sender.getStats()).values());
    if (leaks(before, await sealed())) {
      end();
      sender.track?.stop();
      await sender.replaceTrack(null);
      leaked();
    }
    before = sent;
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, LOOK_MS);
  const end = (): void => clearInterval(timer);
  return end;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
