import type { ReactElement } from "react";
import { fhirMoment } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useReports } from "./api";

const FINAL = ["final", "amended", "corrected"];

export function Reports({ patient }: { patient: string }): ReactElement {
  const { t, lang } = useText();
  const reports = useReports(patient);
  if (reports.isPending) return <Loading what={t("reports.loading")} />;
  if (!reports.data) return <ProblemView title={t("reports.failed")} error={reports.error} onRetry={() => void reports.refetch()} />;
  if (reports.data.length === 0) return <Empty title={t("reports.empty")} />;
  return (
    <ul className="rows">
      {reports.data.map(({ id, title, status, at, conclusion }) => {
        const word = `report.${status}`;
        return (
          <li key={id}>
            <div className="what">
              <h3>{title}</h3>
              {conclusion && <p className="prose">{conclusion}</p>}
              <p className="meta num">{at && fhirMoment(at, new Date(), lang)}</p>
            </div>
            <Tag state={FINAL.includes(status) ? "ok" : "medium"}>{isText(word) ? t(word) : status}</Tag>
          </li>
        );
      })}
    </ul>
  );
}
