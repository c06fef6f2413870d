/** The first step of a request: whom it is about, and which pictures go with it. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { usePatient } from "./api";
import { Holds } from "./Holds";

export function PatientStep({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const patient = usePatient(id);
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
      <Holds id={id} />
    </>
  );
}
