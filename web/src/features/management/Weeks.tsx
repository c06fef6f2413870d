/** Consultations week by week, emergencies among them. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { counted, line, top, type Totals } from "./model";

const W = 640;
const H = 160;

export function Weeks({ one: { weeks, totals, few } }: { one: Totals }): ReactElement {
  const { t } = useText();
  const most = top(weeks.map(({ cases }) => cases));
  const every = line(weeks.map(({ cases }) => cases), most, W, H);
  const urgent = line(weeks.map(({ emergencies }) => emergencies), most, W, H);
  const words = { cases: counted(totals.cases, few), emergencies: counted(totals.emergencies, few) };
  const ticks = [weeks[0], weeks.at(-1)].flatMap((week) => (week ? [week.monday.slice(5)] : []));
  return (
    <Card className="weeks" title={t("totals.weeks")}>
      <p className="strokes num">
        <span><i className="every" />{t("totals.cases")} <b>{words.cases}</b></span>
        <span><i className="urgent" />{t("totals.emergencies")} <b>{words.emergencies}</b></span>
      </p>
      <div className="plot">
        <p className="axis num" aria-hidden="true"><span>{most}</span><span>0</span></p>
        <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={t("totals.weeks.drawn", words)}>
          <path d={`M0 .5H${W}M0 ${H - 0.5}H${W}`} className="grid" />
          <polygon points={`${every} ${W},${H} 0,${H}`} className="every" />
          <polyline points={every} className="every" />
          <polyline points={urgent} className="urgent" />
        </svg>
        <p className="ticks num" aria-hidden="true">{ticks.map((tick, at) => <span key={at}>{tick}</span>)}</p>
      </div>
    </Card>
  );
}
