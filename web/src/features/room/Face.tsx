/** One person's picture with their name; frozen is called frozen within a second. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { number } from "../../lib/format";
import { useText, type TextKey } from "../../lib/i18n";
import type { Place } from "../../parts/media/ladder";
import { Icon, type IconName } from "../../ui/Icon";

/** How long no new picture means that it is frozen. A screen that nothing moves on is sent once a second. */
const FROZEN_MS = { moving: 750, screen: 3000 }, LOOK_MS = 200;

interface Props {
  name: string;
  note?: string | undefined;
  stream: MediaStream | undefined;
  shows: boolean;
  /** One's own: not heard, and mirrored. */
  own?: boolean;
  muted?: boolean;
  /** Raised. */
  hand?: boolean;
  /** Shown whole, whatever the shape of its place: a screen, an organ. */
  whole?: boolean;
  isScreen?: boolean;
  /** Hears how it stands on the page; nothing when it does no more. */
  onPlace?: ((place: Omit<Place, "isLarge"> | undefined) => void) | undefined;
  /** Makes it large, or small again; `isPinned` says which it is. */
  onPin?: (() => void) | undefined;
  isPinned?: boolean;
}

export function Face({ name, note, stream, shows, own = false, muted = false, hand = false, whole = false, isScreen = false, onPlace, onPin, isPinned = false }: Props): ReactElement {
  const { t, lang } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const figure = useRef<HTMLElement>(null);
  usePlace(figure, onPlace);
  const frozenS = useFrozen(video, shows && !own, isScreen ? FROZEN_MS.screen : FROZEN_MS.moving);
  useEffect(() => {
    if (video.current && video.current.srcObject !== (stream ?? null)) video.current.srcObject = stream ?? null;
  }, [stream]);
  const classes = ["face", frozenS > 0 ? "frozen" : "", whole ? "whole" : ""].filter(Boolean).join(" ");
  return (
    <figure ref={figure} className={classes}>
      <video ref={video} autoPlay playsInline muted={own} hidden={!shows} className={own ? "own" : undefined} aria-label={t("room.picture", { name })} />
      {!shows && <span className="initial" aria-hidden="true">{name.slice(0, 1)}</span>}
      {frozenS > 0 && <span className="lag num" role="status">{t("room.frozen", { seconds: number(frozenS, lang) })}</span>}
      <figcaption>
        {hand && <Sign icon="hand" word="room.hand.up" />}
        {muted && <Sign icon="micOff" word="room.muted" />}
        <b>{name}</b>
        {note && <span>{note}</span>}
      </figcaption>
      {onPin && <button type="button" className="pin" aria-pressed={isPinned} aria-label={t("room.pin", { name })} title={t("room.pin", { name })} onClick={onPin} />}
    </figure>
  );
}

function Sign({ icon, word }: { icon: IconName; word: TextKey }): ReactElement {
  const { t } = useText();
  return <><Icon name={icon} size={16} /><span className="sr">{t(word)}</span></>;
}

/** How tall it is, in the screen's own dots, and whether it is within what one sees of the page. */
function usePlace(figure: { current: HTMLElement | null }, told: Props["onPlace"]): void {
  const hear = useRef(told);
  useEffect(() => {
    hear.current = told;
  });
  useEffect(() => {
    const element = figure.current;
    if (!element) return;
    const place = { heightPx: 0, isSeen: false };
    const sizes = new ResizeObserver(([entry]) => {
      place.heightPx = (entry?.contentRect.height ?? 0) * devicePixelRatio;
      hear.current?.({ ...place });
    });
    const sight = new IntersectionObserver((entries) => {
      place.isSeen = entries.at(-1)?.isIntersecting ?? false;
      hear.current?.({ ...place });
    });
    sizes.observe(element);
    sight.observe(element);
    return () => {
      sizes.disconnect();
      sight.disconnect();
      hear.current?.(undefined);
    };
  }, [figure]);
}

/** For how many seconds no new frame was shown, 1 at least; 0 while it moves. */
function useFrozen(video: { current: HTMLVideoElement | null }, watched: boolean, after_ms: number): number {
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
      setSeconds(age > after_ms ? Math.max(1, Math.floor(age / 1000)) : 0);
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      element.cancelVideoFrameCallback(asked);
    };
  }, [video, watched, after_ms]);
  return watched ? seconds : 0;
}
