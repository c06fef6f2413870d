/** One patient of one's own: who it is, the pictures, the reports; the next step is to ask for a consultation. */
import type { ReactElement } from "react";
import { Link, useParams } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { usePatient } from "./api";
import { Reports } from "./Reports";
import { Studies } from "./Studies";

export function PatientPage(): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("patient.title"));
  const query = usePatient(id);
  if (!query.data) {
    return (
      <>
        <h1 className="sr">{t("patient.title")}</h1>
        <Card>
          {query.isPending ? (
            <Loading what={t("patient.loading")} />
          ) : (
            <ProblemView title={t("patient.failed")} error={query.error} onRetry={() => void query.refetch()} />
          )}
        </Card>
      </>
    );
  }
  const patient = query.data;
  return (
    <>
      <div className="pagehead">
        <Link to="/patients" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <Who heading person={patient} />
        <Link to={`/patients/${id}/request`} className="btn primary lg end">
          <Icon name="plus" />
          {t("request.title")}
        </Link>
      </div>
      <div className="cols halved">
        <Card title={t("patient.studies")} flush><Studies patient={id} /></Card>
        <div className="stack">
          <Card title={t("patient.reports")} flush><Reports patient={id} /></Card>
          {(patient.phone || patient.address) && (
            <Card title={t("patient.contact")}>
              <dl className="facts-list">
                {patient.phone && <><dt>{t("patient.phone")}</dt><dd className="num">{patient.phone}</dd></>}
                {patient.address && <><dt>{t("patient.address")}</dt><dd>{patient.address}</dd></>}
              </dl>
            </Card>
          )}
        </div>
      </div>
    </>
  );
}
