/** Who is called since when, and of whoever was called before why it came to nothing. */
import type { ReactElement } from "react";
import { clockSeconds, minutes } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Tag } from "../../ui/Tag";
import { byHand, rang, sinceS, untilS, type Called, type Failed, type Ring } from "./model";
import "./ring.css";

/** `still`: nobody answers us, so what is shown may be over, and no time runs. */
export function RingLog({ ring, still = false }: { ring: Ring; still?: boolean }): ReactElement {
  const { t } = useText();
  const now = useNow(1000);
  const next = untilS(ring.next_at, now);
  return (
    <div className="ringlog">
      {ring.called.length > 0 && (
        <ul className="rings" aria-label={t("ring.called")}>
          {ring.called.map((one) => <CalledRow key={one.person.id} one={one} now={now} still={still} />)}
        </ul>
      )}
      {!still && next !== null && <p className="meta num">{t("ring.next", { time: minutes(next) })}</p>}
      {ring.failed.length > 0 && (
        <details className="failed" open>
          <summary>{t("ring.failed", { count: ring.failed.length })}</summary>
          <ol>{ring.failed.map((one, index) => <FailedRow key={index} one={one} />)}</ol>
        </details>
      )}
    </div>
  );
}

function useCircle(): (one: { circle: number }) => string {
  const { t } = useText();
  return (one) => (byHand(one) ? t("ring.byhand") : t("ring.circle", { number: String(one.circle) }));
}

function CalledRow({ one, now, still }: { one: Called; now: number; still: boolean }): ReactElement {
  const { t, lang } = useText();
  const circle = useCircle();
  return (
    <li>
      <b>{one.person.name}</b>
      <span className="meta">{circle(one)}</span>
      <span className="num">
        {still ? clockSeconds(new Date(one.since), lang) : t("ring.since", { time: minutes(sinceS(one.since, now), true) })}
      </span>
    </li>
  );
}

function FailedRow({ one }: { one: Failed }): ReactElement {
  const { t, lang } = useText();
  const circle = useCircle();
  const why = `ring.why.${one.why}`;
  return (
    <li>
      <b>{one.person.name}</b>
      <span className="meta">{circle(one)}</span>
      <span className="num meta">
        {clockSeconds(new Date(one.since), lang)}
        {rang(one) && ` – ${clockSeconds(new Date(one.until), lang)}`}
      </span>
      <Tag>{isText(why) ? t(why) : one.why}</Tag>
      {one.reason && <span className="reason">{one.reason}</span>}
    </li>
  );
}
