/** What was recorded of a case's room. */
import type { ReactElement, ReactNode } from "react";
import { useParams } from "react-router";
import { date, moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useRecordings, type Recorded } from "./api";
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
      {one.films.length > 0 && <Player id={id} one={one} readsChat={me?.role !== "patient"} beside={beside} nameOf={nameOf} />}
    </Card>
  );
}

function State({ one }: { one: Recorded }): ReactElement {
  const { t } = useText();
  if (one.withdrawn) return <Tag state="stale">{t("recordings.withdrawn")}</Tag>;
  if (one.state === "recorded" && one.problem) return <Tag state="medium">{t("recordings.not_opened")}</Tag>;
  return <Tag state={one.state === "opened" ? "ok" : "stale"}>{t(`recordings.state.${one.state}`)}</Tag>;
}
