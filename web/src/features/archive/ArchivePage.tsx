/** Closed consultations and what each of them lacks, the worst first: flags and whose they are, no word of a case. */
import { useState, type ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Stat } from "../../ui/Stat";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { SPANS, useArchive, type Days } from "./api";
import "./archive.css";

export function ArchivePage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.archive"));
  const [days, setDays] = useState<Days>(30);
  const archive = useArchive(days, new Date());
  return (
    <>
      <div className="pagehead">
        <h1>{t("nav.archive")}</h1>
        <div className="end row" role="group" aria-label={t("archive.days")}>
          {SPANS.map((one) => (
            <button key={one} type="button" className={one === days ? "btn quiet chosen" : "btn quiet"} aria-pressed={one === days} onClick={() => setDays(one)}>
              {t("span.day", { value: one })}
            </button>
          ))}
        </div>
      </div>
      {archive.isPending ? (
        <Card><Loading what={t("archive.loading")} lines={6} /></Card>
      ) : !archive.data ? (
        <Card><ProblemView title={t("archive.failed")} error={archive.error} onRetry={() => void archive.refetch()} /></Card>
      ) : archive.data.closed === 0 ? (
        <Card><Empty icon="file" title={t("archive.none")}>{t("archive.none.note")}</Empty></Card>
      ) : (
        <Whole one={archive.data} />
      )}
    </>
  );
}

function Whole({ one }: { one: Schemas["Archive"] }): ReactElement {
  const { t } = useText();
  return (
    <div className="archive">
      <Card title={t("archive.counts")}>
        <div className="counts">
          <Stat value={one.closed} unit="" name={t("archive.closed")} />
          <Stat value={one.closed - one.whole} unit="" name={t("archive.incomplete")} {...(one.closed > one.whole ? { state: "medium" as const } : {})} />
        </div>
        {one.lacks.length > 0 && (
          <>
            <h3 className="lacks">{t("archive.lacking")}</h3>
            <dl className="lacks num">
              {one.lacks.map(({ item, cases }) => <div key={item}><dt>{t(`archive.item.${item}`)}</dt><dd>{cases}</dd></div>)}
            </dl>
          </>
        )}
      </Card>
      <Card title={t("archive.cases")} flush {...(one.closed > one.items.length ? { aside: t("archive.first", { count: one.items.length }) } : {})}>
        <ul className="rows">{one.items.map((line) => <Line key={line.id} line={line} />)}</ul>
      </Card>
    </div>
  );
}

function Line({ line }: { line: Schemas["ArchiveLine"] }): ReactElement {
  const { t, lang } = useText();
  return (
    <li>
      <div className="what">
        <h3>{line.institution.name} → {line.department.name}</h3>
        <p className="meta num">
          {[line.asker.name, line.expert.name].filter(Boolean).join(" → ")}
          {line.closed && ` · ${t("archive.closed.at", { when: moment(new Date(line.closed), new Date(), lang) })}`}
        </p>
        <p className="meta num">{t("archive.number")} {line.id}</p>
      </div>
      <div className="row lacking">
        {line.lacking.length === 0 ? <Tag state="ok">{t("archive.whole")}</Tag> : line.lacking.map((item) => <Tag key={item} state="medium">{t("archive.lacks", { item: t(`archive.item.${item}`) })}</Tag>)}
      </div>
    </li>
  );
}
