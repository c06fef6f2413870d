/** One referral: where it stands and whose turn it is, what goes with it, what became of the patient, what happened. */
import type { ReactElement, ReactNode } from "react";
import { Link, useParams } from "react-router";
import { moment } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import { useOldS } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { Who } from "../../ui/Who";
import { useFollow, useReferral } from "./api";
import { ActBar, type Hours } from "./ActBar";
import { addressOf, caseOf, LOOK, personOf, receiverOf, waitsForReader, type Referral } from "./model";
import { Tags } from "./Tags";
import "./referral.css";

/** `hours`: what can be booked; `waiting`: the list for what becomes free. Drawn by whoever knows the calendar. */
export function ReferralPage({ hours, waiting }: { hours: Hours; waiting(one: Referral): ReactNode }): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("referral.title"));
  useFollow();
  const query = useReferral(id);
  const oldS = useOldS(query.dataUpdatedAt);
  if (!query.data || isRefused(query.error)) {
    return (
      <>
        <h1 className="sr">{t("referral.title")}</h1>
        <Card>
          {query.isPending ? <Loading what={t("referral.loading")} /> : <ProblemView title={t("referral.failed")} error={query.error} onRetry={() => void query.refetch()} />}
        </Card>
      </>
    );
  }
  const one = query.data;
  const outcome = <Card title={t("referral.outcome")}><Outcome one={one} /></Card>;
  return (
    <>
      <div className="pagehead">
        <Link to="/referrals" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <Who heading person={personOf(one)} />
        <Tags one={one} />
        <span className="row end">
          {one.mine && caseOf(one) && <Link to={`/cases/${caseOf(one) ?? ""}`} className="btn"><Icon name="pen" />{t("referral.case")}</Link>}
          {!one.patient.masked && <Link to={`/patients/${one.patient.id}`} className="btn"><Icon name="file" />{t("case.file")}</Link>}
        </span>
      </div>
      {oldS !== null && <Stale ageS={oldS} note={t("referral.stale")} />}
      <Where one={one} />
      <div className="cols case">
        <div className="stack">
          {one.outcome && outcome}
          <Card title={t("referral.reason")}>
            <div className="stack">
              <p className="prose">{one.reason}</p>
              {one.plan && <div><h3>{t("referral.plan")}</h3><p className="prose">{one.plan}</p></div>}
              <p className="meta">{t(`referral.agreed.${one.agreed}`)}{one.why_unable && `: ${one.why_unable}`}</p>
            </div>
          </Card>
          <Card title={t("referral.documents")} aside={t("referral.items", { count: one.documents.length })}>
            {one.documents.length === 0 ? <Empty title={t("referral.documents.none")} /> : <Documents one={one} some={one.documents} />}
          </Card>
          {!one.outcome && outcome}
        </div>
        <div className="stack">
          {one.acts.length > 0 && <Card title={t("case.next")}><ActBar one={one} hours={hours} /></Card>}
          {one.bookings.length > 0 && <Card title={t("referral.booked")}><Booked one={one} /></Card>}
          {one.acts.includes("book") && one.department && waiting(one)}
          <Card title={t("case.timeline")}><Story one={one} /></Card>
        </div>
      </div>
    </>
  );
}

/** Where it stands, in one sentence, with what to do and until when. */
function Where({ one }: { one: Referral }): ReactElement {
  const { t, lang } = useText();
  const look = LOOK[one.state];
  const side = one.mine ? "sender" : "receiver";
  return (
    <section className={`where ${look ?? ""}`} role="status">
      {look && look !== "brand" && <Shape state={look} size={34} />}
      <div className="grow">
        <h2>{t(`referral.state.${one.state}`)}</h2>
        <p>{one.house.name} → {receiverOf(one)}{one.handler && ` · ${one.handler.name}`}</p>
        <p>{t(`referral.where.${one.state}.${side}`)}</p>
        {one.answer_by && <p className="num">{t(waitsForReader(one) ? "referral.answer_by" : "referral.back_at", { when: moment(new Date(one.answer_by), new Date(), lang) })}</p>}
        {one.chased > 0 && <p className="num"><b>{t("referral.chased", { count: one.chased })}</b></p>}
      </div>
    </section>
  );
}

function Outcome({ one }: { one: Referral }): ReactElement {
  const { t } = useText();
  if (!one.outcome) return <Empty icon="pen" title={t("referral.outcome.none")}>{t("referral.outcome.then")}</Empty>;
  return (
    <div className="stack">
      <p className="meta">{t(`referral.outcome.${one.outcome_kind === "did-not-come" ? "did-not-come" : "treated"}`)}</p>
      <p className="prose">{one.outcome}</p>
      {one.outcome_plan && <div><h3>{t("referral.outcome.plan")}</h3><p className="prose">{one.outcome_plan}</p></div>}
      {one.outcome_documents.length > 0 && <Documents one={one} some={one.outcome_documents} />}
    </div>
  );
}

function Documents({ one, some }: { one: Referral; some: Referral["documents"] }): ReactElement {
  const { t } = useText();
  return (
    <ul className="attachments">
      {some.map(({ reference, title, open }) => {
        const address = open ? addressOf(reference, one.patient.id) : undefined;
        const key = `referral.document.${reference.split("/")[0] ?? ""}`;
        const words: ReactNode = <><Icon name="file" /><span>{isText(key) ? t(key) : ""}{title && ` · ${title}`}</span></>;
        return <li key={reference}>{address ? <Link to={address}>{words}</Link> : <span>{words}{!open && <span className="meta">{t("referral.document.closed")}</span>}</span>}</li>;
      })}
    </ul>
  );
}

function Booked({ one }: { one: Referral }): ReactElement {
  const { t, lang } = useText();
  return (
    <ul className="attachments">
      {one.bookings.map(({ id, expert, start, must_move: hit, cover }) => (
        <li key={id}>
          <span className="num"><Icon name="calendar" />{moment(new Date(start), new Date(), lang)} · {expert.name}</span>
          {hit && <p><Tag state="medium">{t("calendar.must_move")}</Tag> {cover ? t("booking.must_move.cover", { expert: expert.name, cover: cover.name }) : t("booking.must_move.why", { expert: expert.name })}</p>}
        </li>
      ))}
    </ul>
  );
}

function Story({ one }: { one: Referral }): ReactElement {
  const { t, lang } = useText();
  const now = new Date();
  return (
    <ol className="timeline">
      {one.timeline.map(({ at, what, who, words }, index) => {
        const key = `referral.did.${what}`;
        return (
          <li key={index}>
            <time className="num" dateTime={at}>{moment(new Date(at), now, lang)}</time>
            <span className="knot" aria-hidden="true" />
            <span>
              {isText(key) ? t(key) : what} <span className="meta">{who.name}</span>
              {words && <span className="reason">{words}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
