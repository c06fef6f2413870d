/** The newest result of each measurement: what is not usual first, its range and its way of two years beside it. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { fhirMoment } from "../../../lib/format";
import { isText, useText } from "../../../lib/i18n";
import { Icon } from "../../../ui/Icon";
import { Sparkline } from "../../../ui/Sparkline";
import { Tag } from "../../../ui/Tag";
import { Empty } from "../../../ui/views";
import { useResults } from "./api";
import { FileCard, Told } from "./FileCard";
import { trendOf, type Curve, type Result, type Trend } from "./model";

export function ResultsCard({ id, base }: { id: string; base: string }): ReactElement {
  const { t } = useText();
  const query = useResults(id);
  return (
    <FileCard
      query={query} title={t("file.results")} loading={t("file.results.loading")} failed={t("file.results.failed")} className="in-results" lines={8}
      aside={({ items, last, total, unusual }) => (total > 0 ? <>{t("file.unusual", { count: unusual, total })} · <Told items={items} last={last} /></> : null)}
      footer={({ total }) => total > 0 && (
        <>
          <Link className="btn quiet" to={`${base}/results`}>{t("file.results.all", { count: total })}<Icon name="right" /></Link>
          <span className="meta">{t("file.results.note")}</span>
        </>
      )}
    >
      {({ items }) => (items.length === 0 ? <Empty title={t("file.results.empty")}>{t("file.empty.note")}</Empty> : <ResultTable items={items} />)}
    </FileCard>
  );
}

function ResultTable({ items }: { items: Result[] }): ReactElement {
  const { t } = useText();
  return (
    <table className="results">
      <thead className="sr">
        <tr>{(["name", "value", "flag", "range", "curve", "trend"] as const).map((one) => <th key={one} scope="col">{t(`file.column.${one}`)}</th>)}</tr>
      </thead>
      <tbody>{items.map((one) => <ResultRow key={one.id} one={one} />)}</tbody>
    </table>
  );
}

const isOut = (one: Result): string => (one.flag === "HH" || one.flag === "LL" ? "far out" : one.flag === "N" || one.flag === "" ? "" : "out");

function ResultRow({ one }: { one: Result }): ReactElement {
  const { t, lang } = useText();
  const curve = one.curves[0]?.unit === one.unit ? one.curves[0] : undefined;
  const trend = trendOf(curve);
  const name = one.name || one.code;
  return (
    <tr className={isOut(one)}>
      <th scope="row">
        {name}
        <small className="meta num">{one.at && fhirMoment(one.at, new Date(), lang)}</small>
        <Status status={one.status} />
      </th>
      <td className="v num"><Shown one={one} /></td>
      <td className="fl"><FlagWord flag={one.flag} /></td>
      <td className="rf num">{one.range}</td>
      <td className="sp">
        {curve && curve.points.length > 1 && (
          <Sparkline
            label={t("file.curve", { name, count: curve.points.length })} values={curve.points.map(({ number }) => number)}
            {...band(curve)}
          />
        )}
      </td>
      <td className="tr num">{trend && <TrendWord trend={trend} />}</td>
    </tr>
  );
}

/** The usual range behind the curve; one that is open on a side reaches as far as the curve does. */
function band({ low, high, points }: Curve): { band?: [number, number] } {
  if (low === null && high === null) return {};
  const all = points.map(({ number }) => number);
  return { band: [low ?? Math.min(...all, high ?? Infinity), high ?? Math.max(...all, low ?? -Infinity)] };
}

/** A value with its unit; — for none, and why. */
export function Shown({ one }: { one: Result }): ReactElement {
  const { t } = useText();
  const long = one.number === null && one.text.length > 8;
  if (!one.text) return <><b>—</b> <small>{one.absent ? t("file.absent", { why: one.absent }) : t("file.absent.unsaid")}</small></>;
  return <><b className={long ? "words" : ""}>{one.text}</b> {one.unit && <small>{one.unit}</small>}</>;
}

export function FlagWord({ flag }: { flag: Result["flag"] }): ReactElement | null {
  const { t } = useText();
  return flag ? <span className={flag === "N" ? "usual" : "mark"}>{t(`file.flag.${flag}`)}</span> : null;
}

const TOLD = ["preliminary", "amended", "corrected"];

/** What is not simply final says so. */
export function Status({ status }: { status: string }): ReactElement | null {
  const { t } = useText();
  const word = `report.${status}`;
  return TOLD.includes(status) && isText(word) ? <Tag state={status === "preliminary" ? "medium" : "low"}>{t(word)}</Tag> : null;
}

export function TrendWord({ trend }: { trend: Trend }): ReactElement {
  const { t } = useText();
  if (trend.percent === null) return <>{t(`file.trend.${trend.way}`)}</>;
  return <>{t(trend.way === "up" ? "file.trend.up.percent" : "file.trend.down.percent", { percent: trend.percent })}</>;
}
