/** What the plan promises and how it stands, and beside it what else is measured. No value is a dash, with its reason. */
import type { ReactElement, ReactNode } from "react";
import { number } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { Tag } from "../../ui/Tag";
import { counted, reached, standing, type Standing, type Totals, type Track } from "./model";
import { useLasted } from "./useLasted";

const SHAPE = { met: "ok", near: "brand", behind: "medium", unknown: "stale" } as const;

export function Tracks({ one }: { one: Totals }): ReactElement {
  const { t } = useText();
  const stands = one.tracks.map(standing);
  const count = (which: Standing): number => stands.filter((stand) => stand === which).length;
  const shown = (["met", "near", "behind", "unknown"] as const).filter((which) => count(which) > 0);
  return (
    <Card className="tracks" title={t("totals.plan")} flush>
      <div className="row tags">
        {shown.map((which) => <Tag key={which} state={SHAPE[which]}>{t(`totals.${which}`)} {count(which)}</Tag>)}
      </div>
      <ul>{one.tracks.map((track) => <TrackLine key={track.aim} track={track} few={one.few} />)}</ul>
      <Measured one={one} />
    </Card>
  );
}

function TrackLine({ track, few }: { track: Track; few: number }): ReactElement {
  const { t } = useText();
  const value = useValue();
  const share = reached(track);
  const stands = standing(track);
  const missing = track.unmeasured ? t(`totals.unmeasured.${track.unmeasured}`) : t("totals.too-few", { few });
  return (
    <li className={stands}>
      <h3>{t(`totals.aim.${track.aim}`)}</h3>
      <div className="course" aria-hidden="true">
        <div className="rail-line">
          {share !== null && <i style={{ width: `${share * 100}%` }} />}
          {share !== null && <b style={{ left: `${share * 100}%` }} />}
        </div>
        <p className="num"><span>{value(track.start, track.unit)}</span><span>{value(track.goal, track.unit)}</span></p>
      </div>
      <p className="now num">
        <b>{track.now === null ? "—" : value(track.now, track.unit)}</b>
        {stands === "met" && <Shape state="ok" />}
        {stands === "behind" && <Shape state="medium" />}
      </p>
      <p className="meta note">
        {t("totals.from-to", { start: value(track.start, track.unit), goal: value(track.goal, track.unit) })}
        {track.now === null && ` · ${missing}`}
      </p>
    </li>
  );
}

/** A track's value with its unit. */
function useValue(): (value: number, unit: Track["unit"]) => string {
  const { lang } = useText();
  const lasted = useLasted();
  return (value, unit) => (unit === "s" ? lasted(value) : `${number(value, lang, 1)} %`);
}

function Measured({ one }: { one: Totals }): ReactElement {
  const { t, lang } = useText();
  const lasted = useLasted();
  const { totals, few } = one;
  const time = (seconds: number | null): string => (seconds === null ? "—" : lasted(seconds));
  const score = (value: number | null): string => (value === null ? "—" : t("totals.of-five", { value: number(value, lang, 1) }));
  const rows: [word: string, value: ReactNode, note?: string][] = [
    [t("totals.answer"), time(totals.answer_s)],
    [t("totals.slowest"), time(totals.emergency_slowest_s)],
    [t("totals.in-time"), totals.in_time_pct === null ? "—" : `${number(totals.in_time_pct, lang, 1)} %`],
    [t("totals.opinion"), time(totals.opinion_s)],
    [t("totals.calls-failed"), t("totals.of", { part: totals.failed_calls, whole: totals.calls })],
    [t("totals.passes"), totals.passes],
    [t("totals.askers"), score(totals.askers_score), t("totals.ratings", { count: counted(totals.askers, few) })],
    [t("totals.experts"), score(totals.experts_score), t("totals.ratings", { count: counted(totals.experts, few) })],
  ];
  return (
    <dl className="measured num">
      {rows.map(([word, value, note]) => (
        <div key={word}>
          <dt>{word}{note && <span className="meta">{note}</span>}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
