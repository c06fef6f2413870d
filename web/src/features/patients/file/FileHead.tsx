/** Whose file it is, on each of its pages; what must not be overlooked stands beside the name. */
import type { ReactElement, ReactNode } from "react";
import { Link, useParams } from "react-router";
import { useText } from "../../../lib/i18n";
import { Icon } from "../../../ui/Icon";
import { Tag } from "../../../ui/Tag";
import { Who } from "../../../ui/Who";
import { usePatient } from "../api";
import { useAllergies } from "./api";

export interface Whose {
  id: string;
  /** Where the file's pages stand. */
  base: string;
}

/** The file of the address, or a patient's own. */
export function useWhose(mine: string | undefined): Whose {
  const { id = "" } = useParams();
  return mine === undefined ? { id, base: `/patients/${id}` } : { id: mine, base: "/file" };
}

export function FileHead({ id, back, children }: { id: string; back?: string; children?: ReactNode }): ReactElement {
  const { t } = useText();
  const patient = usePatient(id);
  return (
    <div className="pagehead filehead">
      {back && <Link to={back} className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>}
      {patient.data ? <Who heading person={patient.data} /> : <h1>{t("patient.title")}</h1>}
      <AllergyTags id={id} />
      {children}
    </div>
  );
}

function AllergyTags({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const { data, isError } = useAllergies(id);
  if (isError && !data) return <Tag state="medium">{t("file.allergies.unknown")}</Tag>;
  return <>{data?.items.filter(({ none }) => !none).map((one) => <Tag key={one.id} state="high">{t("file.allergy", { what: one.name })}</Tag>)}</>;
}
