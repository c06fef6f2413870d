/** What was done in need: who opened whose record and why, which emergency had no consent; quality says what it was. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactElement } from "react";
import { useSearchParams } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useLive } from "../../lib/useLive";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { LongText } from "../../ui/LongText";
import { ReasonForm } from "../../ui/ReasonForm";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useDecide, useEndGlass, useReviews, type Decision, type Review } from "./api";

const keep = (state: unknown): unknown => state;
const SHELVES = ["open", "decided"] as const;
const VERDICTS = ["justified", "not-justified"] as const;

export function ReviewsPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.reviews"));
  const { seq } = useLive<unknown>("me", keep);
  const client = useQueryClient();
  useEffect(() => {
    if (seq > 0) void client.invalidateQueries({ queryKey: ["reviews"] });
  }, [seq, client]);
  const [params, setParams] = useSearchParams();
  const shelf = params.get("shelf") === "decided" ? "decided" : "open";
  const reviews = useReviews(shelf);
  return (
    <>
      <div className="pagehead">
        <h1>{t("nav.reviews")}</h1>
        <nav className="row" aria-label={t("reviews.shelves")}>
          {SHELVES.map((one) => (
            <button
              key={one} type="button" className={one === shelf ? "btn quiet chosen" : "btn quiet"} aria-current={one === shelf ? "page" : undefined}
              onClick={() => setParams(one === "open" ? {} : { shelf: one })}
            >
              {t(`reviews.shelf.${one}`)}
            </button>
          ))}
        </nav>
      </div>
      {reviews.isPending ? (
        <Card><Loading what={t("reviews.loading")} /></Card>
      ) : !reviews.data ? (
        <Card><ProblemView title={t("reviews.failed")} error={reviews.error} onRetry={() => void reviews.refetch()} /></Card>
      ) : reviews.data.length === 0 ? (
        <Card><Empty icon="shield" title={t(`reviews.none.${shelf}`)} /></Card>
      ) : (
        <div className="stack">{reviews.data.map((one) => <One key={one.id} one={one} />)}</div>
      )}
    </>
  );
}

function One({ one }: { one: Review }): ReactElement {
  const { t, lang } = useText();
  const decide = useDecide();
  const end = useEndGlass();
  const [verdict, setVerdict] = useState<Decision["verdict"]>();
  const at = (time: string): string => moment(new Date(time), new Date(), lang);
  return (
    <Card ofMany title={t(`reviews.kind.${one.kind}`)} aside={one.patient.name}>
      <div className="stack">
        <p className="meta num">
          {[one.person.name, one.institution, at(one.asked_at)].filter(Boolean).join(" · ")}
          {one.until && !one.ended_at && <> · {t("reviews.until", { when: at(one.until) })}</>}
          {one.ended_at && <> · {t("reviews.ended", { when: at(one.ended_at), name: one.ended_by?.name ?? "" })}</>}
        </p>
        <LongText text={one.reason} />
        {one.verdict && (
          <div className="row">
            <Tag state={one.verdict === "justified" ? "ok" : "high"}>{t(`reviews.verdict.${one.verdict}`)}</Tag>
            <span>{one.words}</span>
            {one.decided_by && one.decided_at && <span className="meta num">{one.decided_by.name} {at(one.decided_at)}</span>}
          </div>
        )}
        {one.may_decide && (verdict ? (
          <ReasonForm
            label={t("reviews.words")} act={t(`reviews.verdict.${verdict}`)} busy={decide.isPending} onCancel={() => setVerdict(undefined)}
            onSend={(words) => decide.mutate({ id: one.id, verdict, words })}
          />
        ) : (
          <div className="row">
            {VERDICTS.map((each) => (
              <Button key={each} kind={each === "justified" ? "primary" : "danger"} onClick={() => setVerdict(each)}>
                {t(`reviews.verdict.${each}`)}
              </Button>
            ))}
          </div>
        ))}
        {one.may_end && !verdict && (
          <div className="row">
            <Button kind="quiet" icon="lock" onClick={() => end.mutate(one.id)} {...(end.isPending ? { busy: true } : {})}>{t("glass.end")}</Button>
          </div>
        )}
        <Trouble error={decide.error ?? end.error} />
      </div>
    </Card>
  );
}
