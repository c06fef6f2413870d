/** The asker's case: where it stands now, what to do next, and the signed opinion when it is there. */
import type { ReactElement } from "react";
import { useParams } from "react-router";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { isRefused } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { ActBar } from "./ActBar";
import { useCase, useOpinions } from "./api";
import { CaseHead, CaseMissing } from "./CaseHead";
import { ConsentLine, Question } from "./CaseFacts";
import { useFollow } from "./Follow";
import { LOOK, nameOf, ringLeftS, type Case } from "./model";
import { SignedOpinion } from "./SignedOpinion";
import { Timeline } from "./Timeline";
import { useOldS } from "../../lib/polled";
import "./consultation.css";

export function AskerCasePage(): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("case.title"));
  useFollow(`consultation/${id}`);
  const query = useCase(id);
  const oldS = useOldS(query.dataUpdatedAt);
  if (!query.data || isRefused(query.error)) return <CaseMissing query={query} />;
  const one = query.data;
  return (
    <>
      <CaseHead one={one} back="/cases" />
      {oldS !== null && <Stale ageS={oldS} note={t("case.stale")} />}
      <Where one={one} unsure={oldS !== null} />
      <div className="cols case">
        <div className="stack">
          <Card title={t("opinion.title")}><Signed one={one} /></Card>
          <Card title={t("case.question")}><Question one={one} /></Card>
        </div>
        <div className="stack">
          {one.acts.length > 0 && <Card title={t("case.next")}><ActBar one={one} /></Card>}
          <Card title={t("case.timeline")}><Timeline entries={one.timeline} /></Card>
          <ConsentLine consent={one.consent} state={one.state} />
        </div>
      </div>
    </>
  );
}

/** Where the case stands, in one sentence and, while it rings, with the time that is left of the promise.
 *
 * `unsure`: nobody answers, so whether it still rings is not known. */
function Where({ one, unsure }: { one: Case; unsure: boolean }): ReactElement {
  const { t } = useText();
  const now = useNow(1000);
  const leftS = one.state === "ringing" && one.ring ? ringLeftS(one.ring, now) : undefined;
  const department = one.department.name;
  const look = LOOK[one.state];
  return (
    <section className={`where ${look ?? ""}`} role="status">
      {look && look !== "brand" && <Shape state={look} size={34} />}
      <div className="grow">
        <h2>{t(`case.state.${one.state}`)}</h2>
        <p>{t(`case.where.${one.state}`, { expert: nameOf(one.expert), department })}</p>
        {leftS !== undefined && unsure && <p><b>{t("ring.unsure", { department })}</b></p>}
        {leftS !== undefined && !unsure && leftS <= 0 && <p><b>{t("ring.over.asker", { department })}</b></p>}
      </div>
      {leftS !== undefined && (
        <div className="stat num">
          <b>{unsure ? "–" : minutes(leftS)}</b>
          <span>{t(unsure ? "ring.unknown" : leftS > 0 ? "ring.left" : "ring.over")}</span>
        </div>
      )}
    </section>
  );
}

function Signed({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const due = one.state === "signed" || one.state === "closed";
  const opinions = useOpinions(one.id, due);
  if (!due) return <Empty icon="pen" title={t("opinion.notyet")}>{t("opinion.notyet.asker")}</Empty>;
  if (opinions.isPending) return <Loading what={t("opinion.loading")} />;
  if (!opinions.data) {
    return <ProblemView title={t("opinion.failed")} error={opinions.error} onRetry={() => void opinions.refetch()} />;
  }
  return <div className="stack">{[...opinions.data.items].reverse().map((version) => <SignedOpinion key={version.version} version={version} />)}</div>;
}
