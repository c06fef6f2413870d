/** All results, each with its curves: a lane for each unit, for numbers of two units are not compared. */
import type { ReactElement } from "react";
import { fhirMoment } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import { useTitle } from "../../../lib/title";
import { Card } from "../../../ui/Card";
import { Empty, Loading, ProblemView } from "../../../ui/views";
import { useAllResults } from "./api";
import { More, Told } from "./FileCard";
import { FileHead, useWhose } from "./FileHead";
import { brief, spanOf, ticksOf, timeOf, trendOf, type Curve, type Result } from "./model";
import { FlagWord, Shown, Status, TrendWord } from "./Results";
import "./file.css";

export function ResultsPage({ mine }: { mine?: string }): ReactElement {
  const { t } = useText();
  useTitle(t("file.results"));
  const { id, base } = useWhose(mine);
  const query = useAllResults(id);
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const head = pages[0];
  return (
    <>
      <FileHead id={id} back={base} />
      <Card title={t("file.results")} flush className="file-card" aside={head && <>{t("file.unusual", { count: head.unusual, total: head.total })} · <Told items={items} last={head.last} /></>}>
        {query.isPending ? (
          <Loading what={t("file.results.loading")} lines={12} />
        ) : !head ? (
          <ProblemView title={t("file.results.failed")} error={query.error} onRetry={() => void query.refetch()} />
        ) : items.length === 0 ? (
          <Empty title={t("file.results.empty")}>{t("file.empty.note")}</Empty>
        ) : (
          <ul className="measures">{items.map((one) => <Measure key={one.code || one.id} one={one} reach={[timeOf(head.since), query.dataUpdatedAt]} />)}</ul>
        )}
        <More query={query} />
      </Card>
    </>
  );
}

function Measure({ one, reach }: { one: Result; reach: [number, number] }): ReactElement {
  const { t, lang } = useText();
  const trend = trendOf(one.curves[0]?.unit === one.unit ? one.curves[0] : undefined);
  return (
    <li className={`measure ${one.flag && one.flag !== "N" ? (one.flag.length > 1 ? "far out" : "out") : ""}`}>
      <div className="said">
        <h3>{one.name || one.code} <Status status={one.status} /></h3>
        <p className="v num"><Shown one={one} /> <FlagWord flag={one.flag} /></p>
        <p className="meta num">{[one.range && t("file.range", { range: one.range }), one.at && fhirMoment(one.at, new Date(), lang), one.source.name].filter(Boolean).join(" · ")}</p>
        {one.note && <p className="meta prose">{one.note}</p>}
        <p className="meta num">{t("file.times", { count: one.count })}{trend && <> · <TrendWord trend={trend} /></>}</p>
      </div>
      <div className="curves">
        {one.curves.length === 0 && one.worded.length < 2 && <p className="meta">{t("file.curve.none")}</p>}
        {one.worded.length > 1 && (
          <ol className="num each" tabIndex={0} aria-label={t("file.curve.each", { count: one.worded.length })}>
            {one.worded.map(({ at, text }, index) => <li key={index}><span className="meta">{fhirMoment(at, new Date(), lang)}</span> {text}</li>)}
          </ol>
        )}
        {one.curves.map((curve) => <Chart key={curve.unit} name={one.name || one.code} curve={curve} reach={reach} apart={one.curves.length > 1} />)}
      </div>
    </li>
  );
}

function Chart({ name, curve, reach, apart }: { name: string; curve: Curve; reach: [number, number]; apart: boolean }): ReactElement {
  const { t, lang } = useText();
  const [low, high] = spanOf(curve);
  const x = (at: string): number => ((timeOf(at) - reach[0]) / (reach[1] - reach[0])) * 100;
  const y = (value: number): number => (1 - (value - low) / (high - low)) * 100;
  const dots = curve.points.filter(({ at }) => Number.isFinite(timeOf(at)));
  const bottom = curve.low === null ? 100 : y(curve.low);
  const top = curve.high === null ? 0 : y(curve.high);
  return (
    <figure className="chart">
      <div className="lane" role="img" aria-label={t("file.curve", { name, count: dots.length })}>
        {(curve.low !== null || curve.high !== null) && <span className="usual-band" style={{ top: `${top}%`, height: `${Math.max(0, bottom - top)}%` }} />}
        {ticksOf(reach).map(({ at, left }) => <span key={at} className="rule" style={{ left: `${left}%` }} />)}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polyline points={dots.map(({ at, number }) => `${x(at)},${y(number)}`).join(" ")} />
        </svg>
        {dots.map(({ at, number, text }, index) => <i key={index} className={/^[<>]/.test(text) ? "limit" : ""} style={{ left: `${x(at)}%`, top: `${y(number)}%` }} />)}
        {curve.low !== null && <em className="num" style={{ top: `${y(curve.low)}%` }}>{brief(curve.low)}</em>}
        {curve.high !== null && <em className="num" style={{ top: `${y(curve.high)}%` }}>{brief(curve.high)}</em>}
      </div>
      <div className="ticks num" aria-hidden="true">{ticksOf(reach).map(({ at, left, text }) => <span key={at} style={{ left: `${left}%` }}>{text}</span>)}</div>
      <details>
        <summary>{apart ? t("file.curve.unit", { unit: curve.unit || "—", count: dots.length }) : t("file.curve.each", { count: dots.length })}</summary>
        <ol className="num each" tabIndex={0} aria-label={t("file.curve.each", { count: dots.length })}>{[...dots].reverse().map(({ at, text }, index) => <li key={index}><span className="meta">{fhirMoment(at, new Date(), lang)}</span> {text} {curve.unit}</li>)}</ol>
      </details>
    </figure>
  );
}
