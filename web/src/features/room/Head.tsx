/** The one line above the stage: how long the talk goes on, how good the link is, and whether it is sealed. */
import type { ReactElement, ReactNode } from "react";
import { duration, number } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { LockTag } from "../../parts/media/seal/LockTag";
import type { Measured } from "../../parts/media/stats";
import { graded } from "./link";
import { isInside } from "./api";
import { RecordedTag } from "./Recording";
import type { RoomCall } from "./useRoomCall";

export function Head({ call }: { call: RoomCall }): ReactElement {
  const { t } = useText();
  const { measured, gets, sends } = call.media.link;
  const less = [...(gets > 0 ? [t(`room.gets.${gets as 1 | 2 | 3 | 4}`)] : []), ...(sends > 0 ? [t(`room.sends.${sends as 1 | 2 | 3}`)] : [])];
  return (
    <div className="scene-head">
      <Timer call={call} />
      <LinkSign measured={measured}>{less.length > 0 && <b role="status">{less.join(t("list.comma"))}</b>}</LinkSign>
      <RecordedTag recorded={call.room?.recording} />
      <LockTag lock={call.media.lock} code={call.media.code} isSlow={call.media.isSlow} />
    </div>
  );
}

/** Since the one who is in it longest has come. */
function Timer({ call }: { call: RoomCall }): ReactElement | null {
  const { t } = useText();
  const now = useNow(1000);
  const since = (call.room?.members ?? []).filter(isInside).map((one) => new Date(one.since).getTime());
  if (since.length === 0) return null;
  return <span className="num">{t("room.goes_on", { time: duration((now - Math.min(...since)) / 1000) })}</span>;
}

/** Bars and a word; what was measured, for who wants to know. */
export function LinkSign({ measured, children }: { measured: Measured; children?: ReactNode }): ReactElement {
  const { t, lang } = useText();
  const { rtt_ms, jitter_ms, lost, frame_ms } = measured;
  const { grade, bars } = graded(measured);
  return (
    <details className="linksign">
      <summary>
        <Bars lit={bars} />
        {t(`room.link.${grade}`)}
        {children}
      </summary>
      {rtt_ms !== undefined && (
        <p className="num">
          {t("room.link", { rtt: number(rtt_ms, lang), jitter: number(jitter_ms ?? 0, lang), lost: number((lost ?? 0) * 100, lang, 1) })}
          {frame_ms !== undefined && <><br />{t("room.link.age", { age: number(frame_ms, lang) })}</>}
        </p>
      )}
    </details>
  );
}

function Bars({ lit }: { lit: number }): ReactElement {
  return (
    <span className="bars" aria-hidden="true">
      {[1, 2, 3, 4].map((nth) => <i key={nth} className={nth <= lit ? "lit" : ""} />)}
    </span>
  );
}
