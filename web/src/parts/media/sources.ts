/** What a page may send: its name on the wire, in which sizes, and how much each size may take. Pure. */

export const CAMERA = "camera", MICROPHONE = "microphone", SCREEN = "screen", SECOND = "second", SECOND_SOUND = "second-sound";

/** One track that is sent, and what it is called there. */
export interface Source {
  label: string;
  track: MediaStreamTrack;
}

/** 0 is the smallest. */
export type Size = 0 | 1 | 2;

interface Layer {
  /** How many lines such a picture has, when the camera gives what was asked of it. */
  lines: number;
  scale: number;
  bits_per_s: number;
}

/** The smallest first. A picture that is not here is sent in one size: a screen is read, or not looked at. */
export const LAYERS: Record<string, [Layer, Layer, Layer]> = {
  [CAMERA]: [
    { lines: 180, scale: 4, bits_per_s: 130_000 },
    { lines: 360, scale: 2, bits_per_s: 500_000 },
    { lines: 720, scale: 1, bits_per_s: 1_800_000 },
  ],
  [SECOND]: [
    { lines: 270, scale: 8, bits_per_s: 300_000 },
    { lines: 1080, scale: 2, bits_per_s: 3_500_000 },
    { lines: 2160, scale: 1, bits_per_s: 20_000_000 },
  ],
};
const RIDS = ["l", "m", "h"];
const SCREEN_BITS_PER_S = 4_000_000;
export const VOICE_BITS_PER_S = 32_000;
/** Wideband speech (RFC 6716, 2.1.1), all that a line of 64 kbit/s still carries. */
export const FLOOR_BITS_PER_S = 16_000;

/** How a track goes into a connection; of sizes the largest stands first, as the media server wants it. */
export function encodings(label: string): RTCRtpEncodingParameters[] {
  const layers = LAYERS[label];
  if (!layers) return [{ maxBitrate: label === SCREEN ? SCREEN_BITS_PER_S : VOICE_BITS_PER_S }];
  return layers.map(({ scale, bits_per_s }, nth) => ({ rid: RIDS[nth] ?? "", scaleResolutionDownBy: scale, maxBitrate: bits_per_s })).reverse();
}

/** Speech is made free of echo and noise; the tone of a probe, or of a heart, is left as it is. */
export const VOICE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
export const PICTURE: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
export const SOUND: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
export const FIELD: MediaTrackConstraints = { width: { ideal: 3840 }, height: { ideal: 2160 }, frameRate: { ideal: 30 } };
