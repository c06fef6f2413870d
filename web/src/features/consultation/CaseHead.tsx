import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { CaseTag, ModeWord } from "./CaseTag";
import { RoomLink } from "./RoomLink";
import { personOf, referred, type Case } from "./model";

/** Whom every act on this page concerns: top left, with the state of the case beside it. */
export function CaseHead({ one, back }: { one: Case; back: string }): ReactElement {
  const { t } = useText();
  return (
    <div className="pagehead casehead">
      <Link to={back} className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
      <Who heading person={personOf(one)} />
      <CaseTag one={one} />
      {one.urgency === "emergency" ? <Tag state="high"><ModeWord one={one} /></Tag> : <Tag><ModeWord one={one} /></Tag>}
      {one.recorded && <span role="status"><Tag state="high" icon="record">{t("case.recorded")}</Tag></span>}
      <span className="row end">
        {one.timeline.some(({ what }) => what === "recording-begun") && (
          <Link to={`/cases/${one.id}/recordings`} className="btn"><Icon name="play" />{t("recordings.title")}</Link>
        )}
        <RoomLink one={one} />
        {!one.patient.masked && <Link to={`/patients/${one.patient.id}/refer?${new URLSearchParams(referred(one)).toString()}`} className="btn"><Icon name="arrow" />{t("referral.refer")}</Link>}
        {!one.patient.masked && <Link to={`/patients/${one.patient.id}`} className="btn"><Icon name="file" />{t("case.file")}</Link>}
      </span>
    </div>
  );
}

/** The page while the case is on its way, or when it does not come. */
export function CaseMissing({ query }: { query: UseQueryResult<Case> }): ReactElement {
  const { t } = useText();
  return (
    <>
      <h1 className="sr">{t("case.title")}</h1>
      <Card>
        {query.isPending ? (
          <Loading what={t("case.loading")} />
        ) : (
          <ProblemView title={t("case.failed")} error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Card>
    </>
  );
}
