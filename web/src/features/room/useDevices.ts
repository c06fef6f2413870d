/** The camera and the microphone of this device, each as far as it is there and allowed, now and from now on. */
import { useCallback, useEffect, useRef, useState } from "react";
import { CAMERA, MICROPHONE, PICTURE, VOICE } from "../../parts/media/sources";

/** `gone`: it was there, and was unplugged. */
export type Missing = "none" | "denied" | "absent" | "gone";
type Kind = typeof CAMERA | typeof MICROPHONE;

export interface Devices {
  stream: MediaStream | undefined;
  /** Why there is no picture, and no sound. */
  camera: Missing;
  microphone: Missing;
  asking: boolean;
  ask(): void;
}

const WANTED: Record<Kind, MediaStreamConstraints> = { camera: { video: PICTURE }, microphone: { audio: VOICE } };
const KINDS: Kind[] = [CAMERA, MICROPHONE];
type Found = Record<Kind, MediaStreamTrack | Missing>;

async function open(kind: Kind): Promise<MediaStreamTrack | Missing> {
  try {
    return (await navigator.mediaDevices.getUserMedia(WANTED[kind])).getTracks()[0] ?? "absent";
  } catch (error) {
    return error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "absent";
  }
}

const isTrack = (one: MediaStreamTrack | Missing): one is MediaStreamTrack => typeof one !== "string";
const lacking = (one: MediaStreamTrack | Missing): Missing => (isTrack(one) ? "none" : one);

/** Each is asked for by itself: who has no camera is heard all the same. What is plugged in anew is taken. */
export function useDevices(): Devices {
  const [found, setFound] = useState<Found>();
  const [stream, setStream] = useState<MediaStream>();
  const [asking, setAsking] = useState(true);
  const held = useRef<Found>(undefined);

  const take = useCallback((next: Found): void => {
    held.current = next;
    setFound(next);
    setStream(new MediaStream(Object.values(next).filter(isTrack)));
  }, []);
  useEffect(() => {
    const ends = KINDS.map((kind) => {
      const track = found?.[kind];
      const ended = (): void => found && take({ ...found, [kind]: "gone" });
      if (track && isTrack(track)) track.addEventListener("ended", ended);
      return () => track && isTrack(track) && track.removeEventListener("ended", ended);
    });
    return () => ends.forEach((end) => end());
  }, [found, take]);
  const fetch = useCallback(async (kinds: Kind[]): Promise<void> => {
    const opened = await Promise.all(kinds.map(open));
    const before = held.current ?? { camera: "absent", microphone: "absent" };
    // What was there and is still not there is still gone
    const next = kinds.map((kind, nth) => [kind, opened[nth] === "absent" && before[kind] === "gone" ? "gone" : opened[nth]]);
    take({ ...before, ...Object.fromEntries(next) });
    setAsking(false);
  }, [take]);
  const ask = useCallback(() => {
    setAsking(true);
    for (const track of Object.values(held.current ?? {}).filter(isTrack)) track.stop();
    void fetch(KINDS);
  }, [fetch]);

  useEffect(() => {
    void fetch(KINDS);
    const changed = (): void => {
      const lost = KINDS.filter((kind) => held.current?.[kind] === "gone" || held.current?.[kind] === "absent");
      if (lost.length > 0) void fetch(lost);
    };
    navigator.mediaDevices.addEventListener("devicechange", changed);
    return () => {
      navigator.mediaDevices.removeEventListener("devicechange", changed);
      for (const track of Object.values(held.current ?? {}).filter(isTrack)) track.stop();
      held.current = undefined;
    };
  }, [fetch]);
  return { stream, camera: found ? lacking(found.camera) : "none", microphone: found ? lacking(found.microphone) : "none", asking, ask };
}
