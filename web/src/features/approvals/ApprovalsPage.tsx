/** What waits for a second person, first what one may decide: both texts side by side, then a word on it. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import { useLive } from "../../lib/useLive";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { LongText } from "../../ui/LongText";
import { ReasonForm } from "../../ui/ReasonForm";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useApprovals, useWord, type Approval } from "./api";
import "./approvals.css";

const keep = (state: unknown): unknown => state;
const PARTS = ["findings", "conclusion", "advice"] as const;

export function ApprovalsPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.approvals"));
  const { seq } = useLive<unknown>("me", keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void client.invalidateQueries({ queryKey: ["approvals"] });
  }, [seq, client]);
  const approvals = useApprovals();
  const mine = (one: Approval): boolean => one.acts.length > 0;
  return (
    <>
      <div className="pagehead">
        <h1>{t("nav.approvals")}</h1>
        <Button kind="quiet" icon="retry" onClick={() => void approvals.refetch()}>{t("approvals.refresh")}</Button>
      </div>
      {approvals.isPending ? (
        <Card><Loading what={t("approvals.loading")} /></Card>
      ) : !approvals.data ? (
        <Card><ProblemView title={t("approvals.failed")} error={approvals.error} onRetry={() => void approvals.refetch()} /></Card>
      ) : approvals.data.length === 0 ? (
        <Card><Empty icon="shield" title={t("approvals.none")}>{t("approvals.none.why")}</Empty></Card>
      ) : (
        <div className="stack">
          {[...approvals.data.filter(mine), ...approvals.data.filter((one) => !mine(one))].map((one) => <One key={one.id} one={one} />)}
        </div>
      )}
    </>
  );
}

function One({ one }: { one: Approval }): ReactElement {
  const { t, lang } = useText();
  const word = useWord();
  const [refusing, setRefusing] = useState(false);
  const at = (time: string): string => moment(new Date(time), new Date(), lang);
  const verb = `approvals.verb.${one.verb}`;
  const open = one.state === "waiting";
  return (
    <Card ofMany title={isText(verb) ? t(verb) : one.verb} aside={one.shown.patient}>
      <div className="stack">
        <div className="row">
          <Tag {...(open ? {} : { state: one.state === "approved" ? "ok" as const : "low" as const })}>{t(`approvals.state.${one.state}`)}</Tag>
          <span className="meta num">{t("approvals.by", { who: one.asked_by.name, when: at(one.asked_at) })}</span>
          {open && <span className="meta num">{t("approvals.until", { when: at(one.expires) })}</span>}
          {one.decided_by && one.decided_at && (
            <span className="meta num">{t("approvals.decided", { who: one.decided_by.name, when: at(one.decided_at) })}</span>
          )}
        </div>
        <p><span className="meta">{t("opinion.reason")}</span> {one.reason}</p>
        {one.words && <p><span className="meta">{t("approvals.words")}</span> {one.words}</p>}
        {one.shown.about && <div><span className="meta">{t("case.question")}</span><LongText text={one.shown.about} /></div>}
        <Texts one={one} />
        {refusing && one.acts.includes("reject") ? (
          <ReasonForm
            label={t("approvals.reject.why")} act={t("approvals.reject")} busy={word.isPending} onCancel={() => setRefusing(false)}
            onSend={(reason) => word.mutate({ id: one.id, act: "reject", reason })}
          />
        ) : one.acts.length > 0 && (
          <div className="row">
            <Button
              kind="primary" icon="shield" {...(word.isPending ? { busy: true } : {})}
              onClick={() => word.mutate({ id: one.id, act: "approve", reason: "" })}
            >
              {t("approvals.approve")}
            </Button>
            <Button onClick={() => setRefusing(true)}>{t("approvals.reject")}</Button>
          </div>
        )}
        <Trouble error={word.error} />
      </div>
    </Card>
  );
}

/** How the texts stand, and how they shall; of a withdrawal how they stand. */
function Texts({ one }: { one: Approval }): ReactElement | null {
  const { t } = useText();
  const { before, after } = one.shown;
  const parts = PARTS.filter((part) => before[part] || after[part]);
  if (parts.length === 0) return null;
  const withdrawn = Object.keys(after).length === 0;
  return (
    <dl className="compare-texts">
      {parts.map((part) => (
        <div key={part} className={!withdrawn && before[part] !== after[part] ? "changed" : ""}>
          <dt>{t(`opinion.${part}`)}</dt>
          <dd className="prose"><span className="meta">{t("approvals.before")}</span>{before[part] || t("approvals.empty")}</dd>
          {!withdrawn && <dd className="prose"><span className="meta">{t("approvals.after")}</span>{after[part] || t("approvals.empty")}</dd>}
        </div>
      ))}
    </dl>
  );
}
