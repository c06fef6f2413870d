/** The first step of a request: whom it is about, and which pictures go with it. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { Shape } from "../../ui/Shape";
import { usePatient, useStudies } from "./api";

export function PatientStep({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const patient = usePatient(id);
  const studies = useStudies(id);
  return (
    <>
      <div className="step">
        <Link to={`/patients/${id}`} className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <i aria-hidden="true">1</i>
        <h2>{t("request.who")}</h2>
      </div>
      {patient.isPending ? (
        <Loading what={t("patient.loading")} lines={2} />
      ) : patient.data ? (
        <Who person={patient.data} />
      ) : (
        <ProblemView title={t("patient.failed")} error={patient.error} onRetry={() => void patient.refetch()} />
      )}
      <div className="goes">
        <h3>{t("request.goes")}</h3>
        {studies.isPending && <Loading what={t("studies.loading")} lines={2} />}
        {studies.isError && <ProblemView title={t("studies.failed")} error={studies.error} onRetry={() => void studies.refetch()} />}
        {studies.data?.length === 0 && <p className="meta">{t("studies.empty")}</p>}
        <ul>
          {studies.data?.map((study) => (
            <li key={study.id} className="row">
              <Shape state="ok" size={22} />
              <span className="grow">{study.title}</span>
              {study.images !== undefined && <span className="meta num">{t("viewer.count", { count: study.images })}</span>}
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
