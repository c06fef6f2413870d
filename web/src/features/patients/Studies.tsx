import type { ReactElement } from "react";
import { Link } from "react-router";
import { fhirMoment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useStudies } from "./api";

export function Studies({ patient }: { patient: string }): ReactElement {
  const { t, lang } = useText();
  const studies = useStudies(patient);
  if (studies.isPending) return <Loading what={t("studies.loading")} />;
  if (!studies.data) return <ProblemView title={t("studies.failed")} error={studies.error} onRetry={() => void studies.refetch()} />;
  if (studies.data.length === 0) return <Empty icon="image" title={t("studies.empty")} />;
  return (
    <ul className="rows">
      {studies.data.map(({ id, uid, title, startedAt, images }) => (
        <li key={id}>
          <Link className="rowlink" to={`/patients/${patient}/studies/${uid}`}>
            <Icon name="image" />
            <div className="what">
              <h3>{title}</h3>
              <p className="meta num">
                {[startedAt && fhirMoment(startedAt, new Date(), lang), images !== undefined && t("viewer.count", { count: images })]
                  .filter(Boolean).join(" · ")}
              </p>
            </div>
            <Icon name="right" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
