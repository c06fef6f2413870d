/** What was recorded of a case's room. */
import { useState, type ReactElement, type ReactNode } from "react";
import { useParams } from "react-router";
import { date, moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useMe, type Me } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useRecordings, useWithdraw, type Recorded } from "./api";
import type { Shown } from "./Beside";
import { Player } from "./Player";
import "./recording.css";

interface Props {
  head(id: string): ReactNode;
  beside: Shown[];
}

export function RecordingsPage({ head, beside }: Props): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("recordings.title"));
  const query = useRecordings(id);
  return (
    <div className="stack">
      {head(id)}
      {query.isPending && <Card title={t("recordings.title")}><Loading what={t("recordings.loading")} /></Card>}
      {!query.isPending && !query.data && (
        <Card title={t("recordings.title")}><ProblemView title={t("recordings.failed")} error={query.error} onRetry={() => void query.refetch()} /></Card>
      )}
      {query.data?.length === 0 && <Card title={t("recordings.title")}><Empty icon="record" title={t("recordings.none")} /></Card>}
      {query.data?.map((one) => <One key={one.id} id={id} one={one} beside={beside} />)}
    </div>
  );
}

function One({ id, one, beside }: { id: string; one: Recorded; beside: Shown[] }): ReactElement {
  const { t, lang } = useText();
  const me = useMe().data;
  const nameOf = (person: { name: string }): string => person.name || t("room.role.patient");
  return (
    <Card title={moment(new Date(one.begun), new Date(), lang)}>
      <p className="row">
        <State one={one} />
        <span className="meta">
          {t("recordings.by", { name: one.by.name, given_by: t(`consent.by.${one.agreed.given_by}`), how: t(`consent.how.${one.agreed.how}`) })}
          {one.due && ` · ${t("recordings.due", { day: date(new Date(one.due)) })}`}
        </span>
      </p>
      {me && mayWithdraw(one, me) && <Withdraw id={id} one={one} />}
      {one.films.length > 0 && <Player id={id} one={one} readsChat={me?.role !== "patient"} beside={beside} nameOf={nameOf} />}
    </Card>
  );
}

/** The patient, who began it, and the doctor at home, to whom the patient may have said so; the server knows it better. */
const mayWithdraw = (one: Recorded, me: Me): boolean =>
  !one.withdrawn && one.state !== "destroyed" && (me.role === "patient" || me.role === "clinician" || me.id === one.by.id);

/** By a second press, for it cannot be undone. */
function Withdraw({ id, one }: { id: string; one: Recorded }): ReactElement {
  const { t } = useText();
  const withdraw = useWithdraw(id, one.id);
  const [asked, setAsked] = useState(false);
  return (
    <div className="stack">
      {asked && <p role="alert">{t("recordings.withdraw.then")}</p>}
      <div className="row">
        {asked ? (
          <>
            <Button kind="danger" {...(withdraw.isPending ? { busy: true } : {})} onClick={() => withdraw.mutate()}>{t("recording.withdraw")}</Button>
            <Button kind="quiet" onClick={() => setAsked(false)}>{t("act.back")}</Button>
          </>
        ) : (
          <Button kind="quiet" onClick={() => setAsked(true)}>{t("recording.withdraw")}</Button>
        )}
      </div>
      <Trouble error={withdraw.error} />
    </div>
  );
}

function State({ one }: { one: Recorded }): ReactElement {
  const { t } = useText();
  if (one.withdrawn) return <Tag state="stale">{t("recordings.withdrawn")}</Tag>;
  if (one.state === "recorded" && one.problem) return <Tag state="medium">{t("recordings.not_opened")}</Tag>;
  return <Tag state={one.state === "opened" ? "ok" : "stale"}>{t(`recordings.state.${one.state}`)}</Tag>;
}
