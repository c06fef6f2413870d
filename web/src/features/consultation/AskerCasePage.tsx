/** The asker's case: where it stands now, what to do next, and the signed opinion when it is there. */
import type { ReactElement, ReactNode } from "react";
import { useParams } from "react-router";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { isRefused } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { RingLog } from "../../parts/ring/RingLog";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { ActBar } from "./ActBar";
import { useCase, useOpinions } from "./api";
import { Chat } from "./chat/Chat";
import { Archived, HowItWent } from "./CaseAfter";
import { BroughtCard } from "./BroughtCard";
import { CaseHead, CaseMissing } from "./CaseHead";
import { ConsentLine, Question } from "./CaseFacts";
import { useFollow } from "./Follow";
import { hasHours, LOOK, nameOf, PROMISE_S, ringLeftS, type Case } from "./model";
import { SignedOpinions } from "./SignedOpinions";
import { Timeline } from "./Timeline";
import { Unanswered } from "./Unanswered";
import { useOldS } from "../../lib/polled";
import "./consultation.css";

/** `booking`: a live case's hour, drawn by whoever knows the calendar. */
export function AskerCasePage({ booking }: { booking?: (one: Case) => ReactNode }): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("case.title"));
  useFollow(`consultation/${id}`);
  const query = useCase(id);
  const oldS = useOldS(query.dataUpdatedAt);
  if (!query.data || isRefused(query.error)) return <CaseMissing query={query} />;
  const one = query.data;
  const opinion = <Card title={t("opinion.title")}><Signed one={one} /></Card>;
  return (
    <>
      <CaseHead one={one} back="/cases" />
      {oldS !== null && <Stale ageS={oldS} note={t("case.stale")} />}
      <Where one={one} unsure={oldS !== null} />
      <div className="cols case">
        <div className="stack">
          {isDue(one) && opinion}
          {hasHours(one) && booking?.(one)}
          <Card title={t("case.question")}><Question one={one} /></Card>
          <BroughtCard one={one} />
          {!isDue(one) && opinion}
        </div>
        <div className="stack">
          {one.mode === "live" && <Chat one={one} />}
          {one.acts.length > 0 && <Card title={t("case.next")}><ActBar one={one} /></Card>}
          <Archived one={one} />
          <HowItWent one={one} />
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
  const ring = one.state === "ringing" ? one.ring : null;
  const leftS = ring ? ringLeftS(ring, now) : undefined;
  const there = one.state === "accepted" ? one.ring?.there_s ?? null : null;
  const department = one.department.name;
  const look = LOOK[one.state];
  return (
    <section className={`where ${look ?? ""}`} role="status">
      {look && look !== "brand" && <Shape state={look} size={34} />}
      <div className="grow">
        <h2>{t(`case.state.${one.state}`)}</h2>
        <p>{t(`case.where.${one.state}`, { expert: nameOf(one.expert), department })}</p>
        {leftS !== undefined && unsure && <p><b>{t("ring.unsure", { department })}</b></p>}
        {ring && !unsure && ring.alarmed && <Unanswered ring={ring} />}
        {ring && <RingLog ring={ring} still={unsure} />}
      </div>
      {there !== null && (
        <div className="stat num">
          <b>{minutes(there)}</b>
          <span>{t("ring.there", { goal: minutes(PROMISE_S) })}</span>
        </div>
      )}
      {leftS !== undefined && (
        <div className="stat num">
          <b>{unsure ? "–" : minutes(leftS)}</b>
          <span>{t(unsure ? "ring.unknown" : leftS > 0 ? "ring.left" : "ring.over")}</span>
        </div>
      )}
    </section>
  );
}

/** Whether there is an opinion to read: then it comes first. */
const isDue = ({ state }: Case): boolean => state === "signed" || state === "closed";

function Signed({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const due = isDue(one);
  const opinions = useOpinions(one.id, due);
  if (!due) return <Empty icon="pen" title={t("opinion.notyet")}>{t("opinion.notyet.asker")}</Empty>;
  if (opinions.isPending) return <Loading what={t("opinion.loading")} />;
  if (!opinions.data) {
    return <ProblemView title={t("opinion.failed")} error={opinions.error} onRetry={() => void opinions.refetch()} />;
  }
  return <SignedOpinions one={one} opinions={opinions.data} />;
}
