/** The camera and the microphone of this device, each as far as it is there and allowed. */
import { useCallback, useEffect, useRef, useState } from "react";

export type Missing = "none" | "denied" | "absent";

export interface Devices {
  stream: MediaStream | undefined;
  /** Why there is no picture, and no sound. */
  camera: Missing;
  microphone: Missing;
  asking: boolean;
  ask(): void;
}

const PICTURE: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

async function one(kind: "video" | "audio"): Promise<MediaStreamTrack | Missing> {
  try {
    const wanted = kind === "video" ? { video: PICTURE } : { audio: SOUND };
    return (await navigator.mediaDevices.getUserMedia(wanted)).getTracks()[0] ?? "absent";
  } catch (error) {
    return error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "absent";
  }
}

/** Each is asked for by itself: who has no camera is heard all the same. */
export function useDevices(): Devices {
  const [found, setFound] = useState<Pick<Devices, "stream" | "camera" | "microphone">>();
  const [asking, setAsking] = useState(true);
  const held = useRef<MediaStream>(undefined);
  const open = useCallback(() => {
    held.current?.getTracks().forEach((track) => track.stop());
    void Promise.all([one("audio"), one("video")]).then(([sound, picture]) => {
      const tracks = [sound, picture].filter((track) => track instanceof MediaStreamTrack);
      held.current = new MediaStream(tracks);
      setFound({
        stream: held.current,
        camera: typeof picture === "string" ? picture : "none",
        microphone: typeof sound === "string" ? sound : "none",
      });
      setAsking(false);
    });
  }, []);
  const ask = useCallback(() => {
    setAsking(true);
    open();
  }, [open]);
  useEffect(() => {
    open();
    return () => held.current?.getTracks().forEach((track) => track.stop());
  }, [open]);
  return { stream: found?.stream, camera: found?.camera ?? "none", microphone: found?.microphone ?? "none", asking, ask };
}
