import { useMemo, type ReactElement } from "react";
import { Link, useParams } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { useRecord } from "../../parts/viewer/record";
import { StackViewer } from "../../parts/viewer/StackViewer";
import { Icon } from "../../ui/Icon";
import { Who } from "../../ui/Who";
import { usePatient, useStudies } from "./api";
import { useWhose } from "./file/FileHead";

/** One study of a patient, large. */
export function StudyPage({ mine }: { mine?: string }): ReactElement {
  const { study = "" } = useParams();
  const { id, base } = useWhose(mine);
  const { t } = useText();
  useTitle(t("studies.title"));
  const patient = usePatient(id);
  const studies = useStudies(id);
  const record = useRecord(study);
  const others = useMemo(
    () => (studies.data ?? []).filter(({ uid }) => uid && uid !== study).map(({ uid = "", title: words }) => ({ id: uid, title: words })),
    [studies.data, study],
  );
  const title = studies.data?.find(({ uid }) => uid === study)?.title ?? "";
  return (
    <>
      <div className="pagehead">
        <Link to={base} className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        {patient.data ? <Who heading person={patient.data} /> : <h1>{t("studies.title")}</h1>}
      </div>
      <StackViewer key={study} study={study} title={title} others={others} kept={record} />
    </>
  );
}
