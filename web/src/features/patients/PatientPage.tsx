/** A patient's file: who it is, why one sees it, what happened, what was found, and who looked. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { usePatient } from "./api";
import { useSight } from "./file/api";
import { DocumentsCard } from "./file/Documents";
import { FileHead, useWhose } from "./file/FileHead";
import { LabelsCard } from "./file/Labels";
import { LookersCard } from "./file/Lookers";
import { ResultsCard } from "./file/Results";
import { Closed, ConsentCard, HeldCard, HeldTag, Why } from "./file/Sight";
import { TimeLineCard } from "./file/TimeLine";
import { AllergiesCard, MedicinesCard, DiagnosesCard } from "./file/Treatment";
import { isRefused } from "../../lib/problem";
import "./file/file.css";

interface Props {
  /** The one next step of whoever reads. */
  step?: "request" | "case";
  /** The id of the patient who reads their own file. */
  mine?: string;
  back?: string;
}

export function PatientPage({ step, mine, back }: Props): ReactElement {
  const { t } = useText();
  useTitle(t("patient.title"));
  const { id, base } = useWhose(mine);
  const patient = usePatient(id);
  if (isRefused(patient.error)) return <Closed error={patient.error} onRetry={() => void patient.refetch()} />;
  const own = mine !== undefined;
  return (
    <>
      <FileHead id={id} {...(back ? { back } : {})}>
        <HeldTag id={id} />
        {!own && <Link to={`/patients/${id}/refer`} className="btn"><Icon name="arrow" />{t("referral.refer")}</Link>}
        <NextStep id={id} step={step} />
      </FileHead>
      <Why id={id} />
      <div className={own ? "file own" : "file"}>
        {own && <LookersCard id={id} base={base} mine />}
        <TimeLineCard id={id} />
        <ResultsCard id={id} base={base} />
        <DocumentsCard id={id} base={base} />
        <div className="side">
          <MedicinesCard id={id} />
          <AllergiesCard id={id} />
          <DiagnosesCard id={id} />
        </div>
        <div className="foot">
          <HeldCard id={id} />
          {own ? (
            <ConsentCard id={id} />
          ) : (
            <>
              <LabelsCard id={id} />
              <LookersCard id={id} base={base} mine={false} />
              <Contact id={id} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

function NextStep({ id, step }: { id: string; step: Props["step"] }): ReactElement | null {
  const { t } = useText();
  const open = useSight(id).data?.reasons.find(({ consultation }) => consultation)?.consultation;
  if (step === "request") return <Link to={`/patients/${id}/request`} className="btn primary lg end"><Icon name="plus" />{t("request.title")}</Link>;
  if (step === "case" && open) return <Link to={`/cases/${open}`} className="btn primary lg end"><Icon name="pen" />{t("file.to-case")}</Link>;
  return null;
}

function Contact({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const { data } = usePatient(id);
  if (!data?.phone && !data?.address) return null;
  return (
    <Card title={t("patient.contact")} className="file-card">
      <dl className="facts-list">
        {data.phone && <><dt>{t("patient.phone")}</dt><dd className="num">{data.phone}</dd></>}
        {data.address && <><dt>{t("patient.address")}</dt><dd>{data.address}</dd></>}
      </dl>
    </Card>
  );
}
