/** What one sends: voice and face as far as one wants, a screen, a second camera; each of them by itself. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CAMERA, FIELD, MICROPHONE, SCREEN, SECOND, SECOND_SOUND, SOUND, type Source } from "../../parts/media/sources";

export type More = typeof SCREEN | typeof SECOND;

export interface Own {
  sources: Source[];
  isMuted: boolean;
  isHidden: boolean;
  mute(isMuted: boolean): void;
  hide(isHidden: boolean): void;
  /** What is shown beside one's face. */
  shows: Record<More, boolean>;
  /** Begins to show it, or ends it. */
  turn(what: More): void;
  /** The cameras of which the second picture may be, and takes another one. */
  cameras: MediaDeviceInfo[];
  choose(camera: string): void;
  /** What could not be shown: there is none, or it was not allowed. */
  lacks: More | undefined;
}

/** `stream`: camera and microphone; `isIn`: nothing more is shown by who is not in the room. */
export function useOwn(stream: MediaStream | undefined, isIn: boolean): Own {
  const [isMuted, mute] = useState(false);
  const [isHidden, hide] = useState(false);
  const [more, setMore] = useState<Source[]>([]);
  const [lacks, setLacks] = useState<More>();
  const [cameras, setCameras] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => stream?.getAudioTracks().forEach((track) => (track.enabled = !isMuted)), [stream, isMuted]);
  useEffect(() => stream?.getVideoTracks().forEach((track) => (track.enabled = !isHidden)), [stream, isHidden]);

  const held = useRef(more);
  useEffect(() => {
    held.current = more;
  }, [more]);
  const end = useCallback((what?: More): void => {
    const ended = held.current.filter(({ label }) => !what || label.startsWith(what));
    ended.forEach(({ track }) => track.stop());
    setMore((before) => before.filter((one) => !ended.includes(one)));
  }, []);
  const begin = useCallback(async (what: More, open: () => Promise<Source[]>): Promise<void> => {
    setLacks(undefined);
    try {
      const sources = await open();
      for (const { track } of sources) track.onended = () => end(what); // by the browser's own bar, or unplugged
      const old = held.current.filter(({ label }) => label.startsWith(what));
      old.forEach(({ track }) => track.stop());
      setMore((before) => [...before.filter((one) => !old.includes(one)), ...sources]);
    } catch {
      setLacks(what); // there is none, or the browser does not allow it: it says no more
    }
  }, [end]);
  const turn = useCallback((what: More): void => {
    if (held.current.some(({ label }) => label === what)) return end(what);
    void begin(what, async () => {
      if (what === SCREEN) return screen();
      const others = await camerasBeside(stream);
      setCameras(others);
      return second(others[0]?.deviceId);
    });
  }, [stream, begin, end]);
  const choose = useCallback((camera: string) => void begin(SECOND, () => second(camera)), [begin]);
  useEffect(() => {
    if (!isIn) return;
    return () => end();
  }, [isIn, end]);

  const sources = useMemo(() => [...(stream?.getTracks() ?? []).map(named), ...more], [stream, more]);
  const shows = useMemo(() => ({ screen: more.some(({ label }) => label === SCREEN), second: more.some(({ label }) => label === SECOND) }), [more]);
  return useMemo(() => ({ sources, isMuted, isHidden, mute, hide, shows, turn, cameras, choose, lacks }), [sources, isMuted, isHidden, shows, turn, cameras, choose, lacks]);
}

const named = (track: MediaStreamTrack): Source => ({ label: track.kind === "video" ? CAMERA : MICROPHONE, track });

/** Raises what the browser raises where it is not allowed. */
async function screen(): Promise<Source[]> {
  const [track] = (await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } })).getVideoTracks();
  if (!track) throw new Error("no screen");
  track.contentHint = "detail"; // letters stay sharp; fewer frames do not matter
  return [{ label: SCREEN, track }];
}

async function camerasBeside(stream: MediaStream | undefined): Promise<MediaDeviceInfo[]> {
  const used = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== used);
}

/** A camera, with the microphone that is in the same device. */
async function second(camera: string | undefined): Promise<Source[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const found = devices.find(({ kind, deviceId }) => kind === "videoinput" && deviceId === camera);
  if (!found) throw new Error("no second camera");
  const sound = devices.find(({ kind, groupId }) => kind === "audioinput" && groupId !== "" && groupId === found.groupId);
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { ...FIELD, deviceId: { exact: found.deviceId } },
    ...(sound ? { audio: { ...SOUND, deviceId: { exact: sound.deviceId } } } : {}),
  });
  return stream.getTracks().map((track) => ({ label: track.kind === "video" ? SECOND : SECOND_SOUND, track }));
}
