/** One person's picture with their name; frozen is called frozen within a second. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { number } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";

const FROZEN_MS = 1000;

interface Props {
  name: string;
  note?: string | undefined;
  stream: MediaStream | undefined;
  shows: boolean;
  /** One's own: not heard, and mirrored. */
  own?: boolean;
  muted?: boolean;
  /** Shown whole, whatever the shape of its place: a screen, an organ. */
  whole?: boolean;
  /** Makes it large, or small again; `isPinned` says which it is. */
  onPin?: (() => void) | undefined;
  isPinned?: boolean;
}

export function Face({ name, note, stream, shows, own = false, muted = false, whole = false, onPin, isPinned = false }: Props): ReactElement {
  const { t, lang } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const frozenS = useFrozen(video, shows && !own);
  useEffect(() => {
    if (video.current && video.current.srcObject !== (stream ?? null)) video.current.srcObject = stream ?? null;
  }, [stream]);
  const classes = ["face", frozenS > 0 ? "frozen" : "", whole ? "whole" : ""].filter(Boolean).join(" ");
  return (
    <figure className={classes}>
      <video ref={video} autoPlay playsInline muted={own} hidden={!shows} className={own ? "own" : undefined} aria-label={t("room.picture", { name })} />
      {!shows && <span className="initial" aria-hidden="true">{name.slice(0, 1)}</span>}
      {frozenS > 0 && <span className="lag num" role="status">{t("room.frozen", { seconds: number(frozenS, lang) })}</span>}
      <figcaption>
        {muted && <Icon name="micOff" size={16} />}
        <b>{name}</b>
        {note && <span>{note}</span>}
      </figcaption>
      {onPin && <button type="button" className="pin" aria-pressed={isPinned} aria-label={t("room.pin", { name })} title={t("room.pin", { name })} onClick={onPin} />}
    </figure>
  );
}

/** For how many whole seconds no new frame was shown; 0 while it moves. */
function useFrozen(video: { current: HTMLVideoElement | null }, watched: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const element = video.current;
    if (!watched || !element?.requestVideoFrameCallback) return;
    let last = performance.now();
    let asked = 0;
    const shown = (): void => {
      last = performance.now();
      asked = element.requestVideoFrameCallback(shown);
    };
    asked = element.requestVideoFrameCallback(shown);
    const timer = setInterval(() => {
      const age = performance.now() - last;
      setSeconds(age > FROZEN_MS ? Math.floor(age / 1000) : 0);
    }, 250);
    return () => {
      clearInterval(timer);
      element.cancelVideoFrameCallback(asked);
    };
  }, [video, watched]);
  return watched ? seconds : 0;
}
