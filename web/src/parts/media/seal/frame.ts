/**
 * What of an encoded frame is sealed and what stays clear, codec by codec, and how the sealed part travels in it:
 * ciphertext | tag | trailer, and the trailer is nonce (12) | how many bytes are clear (1) | which form (1). The form is the
 * last byte of the frame, so that a receiver needs to know of the codec nothing else.
 */
import { joined } from "./bytes.ts";
import { clearOf, escaped, sliceAt, unescaped } from "./nal.ts";
import { DELIMITER, FRAME, SEQUENCE, unit, units } from "./obu.ts";
import { NONCE, TAG } from "./sm4.ts";

export const TRAILER = NONCE + 2;
const LEADING = 1, H264 = 2, AV1 = 3; // forms; none is 0, with which an H.264 frame must not end

/** A frame, divided: `bound` is what of the clear part nobody may change unseen. */
export interface Parts {
  form: number;
  clear: Uint8Array;
  bound: Uint8Array;
  rest: Uint8Array; // to be sealed, or sealed
}

type Divide = (frame: Uint8Array, isKey: boolean) => Parts | null;

// RFC 6386 9.1 and RFC 7741: a key frame's header with its start code and size is 10 bytes, another's 3. VP9's packets bring
// all in their own descriptor. RFC 6716 3.1: Opus' first byte tells its configuration.
const DIVIDE: Record<string, Divide> = {
  "video/vp8": (frame, isKey) => leading(frame, isKey ? 10 : 3),
  "video/vp9": (frame) => leading(frame, 0),
  "audio/opus": (frame) => leading(frame, 1),
  "video/h264": (frame) => slices(frame),
  "video/av1": (frame) => {
    const all = units(frame);
    if (all === null) return null;
    const rest = all.filter(({ type }) => type !== SEQUENCE && type !== DELIMITER).map(({ whole }) => whole);
    return { form: AV1, ...sequences(all), rest: joined(...rest) };
  },
};

/** A frame as its encoder made it; null when we do not know how to seal it, so that it is not sent. */
export function divided(codec: string, frame: Uint8Array, isKey: boolean): Parts | null {
  return DIVIDE[codec.toLowerCase()]?.(frame, isKey) ?? null;
}

/** Whether frames of a codec can be sealed: no other one may be negotiated. */
export function isSealable(codec: string): boolean {
  return codec.toLowerCase() in DIVIDE;
}

/** What goes out: the clear part, and behind it ciphertext, tag and trailer. */
export function travelling({ form, clear }: Parts, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  if (form === H264) return joined(clear, escaped(sealed, clear));
  return joined(clear, form === AV1 ? unit(FRAME, sealed) : sealed);
}

/** A frame as it came: `rest` is ciphertext, tag and trailer; null when it was not sealed by one of ours. */
export function arrived(frame: Uint8Array): Parts | null {
  const parts = BY_FORM[frame.at(-1) ?? 0]?.(frame);
  return parts && parts.rest.length >= TAG + TRAILER ? parts : null;
}

const BY_FORM: Record<number, (frame: Uint8Array) => Parts | null> = {
  [LEADING]: (frame) => leading(frame, frame.at(-2) ?? 0),
  [H264]: (frame) => {
    const parts = slices(frame);
    return parts && { ...parts, rest: unescaped(parts.rest, parts.clear) };
  },
  [AV1]: (frame) => {
    const all = units(frame);
    const sealed = all?.find(({ type }) => type === FRAME);
    return all && sealed ? { form: AV1, ...sequences(all), rest: sealed.payload } : null;
  },
};

function leading(frame: Uint8Array, wanted: number): Parts {
  const clear = frame.subarray(0, wanted);
  return { form: LEADING, clear, bound: clear, rest: frame.subarray(clear.length) };
}

/** The parameter sets before the slice are rewritten on the way (start codes, VUI), so they are not bound. */
function slices(frame: Uint8Array): Parts | null {
  const size = clearOf(frame);
  if (size < 0) return null;
  const clear = frame.subarray(0, size);
  return { form: H264, clear, bound: frame.subarray(sliceAt(frame), size), rest: frame.subarray(size) };
}

/** The sequence headers, whose size is written anew on the way; delimiters are left out by every packet. */
function sequences(all: NonNullable<ReturnType<typeof units>>): { clear: Uint8Array; bound: Uint8Array } {
  const payloads = all.filter(({ type }) => type === SEQUENCE).map(({ payload }) => payload);
  return { clear: joined(...payloads.map((payload) => unit(SEQUENCE, payload))), bound: joined(...payloads) };
}
