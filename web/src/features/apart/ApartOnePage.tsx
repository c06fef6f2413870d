/** One group of held images: why, what they show, whose they may be; released to a patient or discarded here. */
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useReason } from "../../lib/reasons";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { Tag } from "../../ui/Tag";
import { Loading, ProblemView } from "../../ui/views";
import { useOne } from "./api";
import { Compare, Differences } from "./Compare";
import { advice, type Line } from "./model";
import { Pictures } from "./Pictures";
import { Settle, type Pick } from "./Settle";
import "./apart.css";

export function ApartOnePage({ pick }: { pick: Pick }): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("apart.one"));
  const query = useOne(id);
  const reason = useReason();
  if (!query.data) {
    return (
      <>
        <h1 className="sr">{t("apart.one")}</h1>
        <Card>
          {query.isPending ? (
            <Loading what={t("apart.one.loading")} />
          ) : (
            <ProblemView title={t("apart.one.failed")} error={query.error} onRetry={() => void query.refetch()} />
          )}
        </Card>
      </>
    );
  }
  const { line } = query.data;
  return (
    <>
      <div className="pagehead">
        <Link to="/apart" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <h1>{line.title || t("apart.untitled")} <span className="num beside">{line.modality}</span></h1>
        <Tag>{t("apart.images", { count: line.images })}</Tag>
      </div>
      <section className="where medium" role="status">
        <Shape state="medium" size={34} />
        <div className="grow">
          <h2>{reason(line.reason)}</h2>
          <p>{t(advice(line.reason))}</p>
        </div>
      </section>
      <div className="cols case">
        <div className="stack">
          <Card title={t("apart.compare")}><Compare one={query.data} /></Card>
          {query.data.differs.length > 0 && <Card title={t("apart.differences")}><Differences one={query.data} /></Card>}
          <Card title={t("apart.pictures")}><Pictures id={id} count={line.images} served={query.data.served} /></Card>
        </div>
        <div className="stack">
          <Card title={t("apart.settle")}><Settle key={id} id={id} one={query.data} pick={pick} /></Card>
          <Card title={t("apart.facts")}><Facts line={line} /></Card>
        </div>
      </div>
    </>
  );
}

function Facts({ line }: { line: Line }): ReactElement {
  const { t, lang } = useText();
  const rows: [string, string][] = [
    [t("apart.fact.date"), line.date],
    [t("apart.fact.accession"), line.accession],
    [t("apart.fact.station"), line.station],
    [t("apart.fact.came"), moment(new Date(line.last), new Date(), lang)],
    [t("apart.fact.study"), line.study],
  ];
  return (
    <dl className="facts-list num uid">
      {rows.filter(([, value]) => value).map(([word, value]) => <Fact key={word} word={word} value={value} />)}
    </dl>
  );
}

function Fact({ word, value }: { word: string; value: string }): ReactElement {
  return <><dt>{word}</dt><dd>{value}</dd></>;
}
