/** What rings now and which critical findings nobody confirmed: question, urgency and place, who is called since when, and what a dispatcher can do about it. */
import { useState, type ReactElement } from "react";
import { minutes } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { useNow } from "../../lib/now";
import { useOldS } from "../../lib/polled";
import { useTitle } from "../../lib/title";
import { sinceS } from "../../parts/ring/model";
import { RingLog } from "../../parts/ring/RingLog";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { LongText } from "../../ui/LongText";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Stale, Trouble } from "../../ui/views";
import { useCall, useCriticals, usePeople, useRings, useTake } from "./api";
import { CriticalCard } from "./CriticalCard";
import { held, shouts, type Line } from "./model";
import "./dispatch.css";

export function DispatchPage({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  useTitle(t("nav.rings"));
  const rings = useRings();
  const criticals = useCriticals();
  const oldS = useOldS(rings.dataUpdatedAt);
  return (
    <>
      <div className="pagehead"><h1>{t("nav.rings")}</h1></div>
      {oldS !== null && <Stale ageS={oldS} note={t("dispatch.stale")} />}
      {rings.isPending && <Card><Loading what={t("dispatch.loading")} /></Card>}
      {!rings.isPending && !rings.data && (
        <Card><ProblemView title={t("dispatch.failed")} error={rings.error} onRetry={() => void rings.refetch()} /></Card>
      )}
      {criticals.isError && !criticals.data && (
        <Card><ProblemView title={t("dispatch.critical.failed")} error={criticals.error} onRetry={() => void criticals.refetch()} /></Card>
      )}
      {criticals.data?.map((one) => <CriticalCard key={one.consultation} one={one} me={me.id} still={oldS !== null} />)}
      {rings.data?.length === 0 && criticals.data?.length === 0 && <Card><Empty icon="check" title={t("dispatch.empty")}>{t("dispatch.empty.note")}</Empty></Card>}
      {rings.data?.map((one) => <RingCard key={one.id} one={one} me={me.id} still={oldS !== null} />)}
    </>
  );
}

function RingCard({ one, me, still }: { one: Line; me: string; still: boolean }): ReactElement {
  const { t } = useText();
  const now = useNow(1000);
  const [open, setOpen] = useState(false);
  const take = useTake(one.id);
  const hold = held(one, me);
  const urgency = `case.urgency.${one.urgency}`;
  const aside = still ? undefined : t("dispatch.for", { time: minutes(sinceS(one.since, now), true) });
  return (
    <Card
      ofMany className={shouts(one) ? "dispatch loud" : "dispatch"} {...(aside ? { aside } : {})}
      title={t("dispatch.from", { place: one.place?.name ?? "", department: one.department?.name ?? "" })}
    >
      <div className="row">
        <Tag state="high">{isText(urgency) ? t(urgency) : one.urgency}</Tag>
        {one.alarmed && <Tag state="high">{t("dispatch.alarm")}</Tag>}
        {hold === "mine" && <Tag state="brand">{t("dispatch.mine")}</Tag>}
        {hold === "theirs" && <Tag state="brand">{t("dispatch.theirs", { name: one.taken_by?.name ?? "" })}</Tag>}
      </div>
      <LongText className="question" text={one.question ?? ""} />
      <RingLog ring={one} still={still} />
      {hold !== "theirs" && (
        <div className="row">
          {hold === "nobodys" && <Button kind="primary" onClick={() => take.mutate()} busy={take.isPending}>{t("dispatch.take")}</Button>}
          <Button aria-expanded={open} onClick={() => setOpen(!open)}>{t("dispatch.call")}</Button>
        </div>
      )}
      <Trouble error={take.error} />
      {open && hold !== "theirs" && <People ring={one.id} />}
    </Card>
  );
}

function People({ ring }: { ring: string }): ReactElement {
  const { t } = useText();
  const people = usePeople(ring);
  const call = useCall(ring);
  if (people.isPending) return <Loading what={t("dispatch.people.loading")} />;
  if (!people.data) return <ProblemView title={t("dispatch.people.failed")} error={people.error} onRetry={() => void people.refetch()} />;
  if (people.data.length === 0) return <Empty icon="people" title={t("dispatch.people.empty")} />;
  return (
    <>
      <ul className="callables">
        {people.data.map(({ person, standing, ringing }) => (
          <li key={person.id}>
            <b>{person.name}</b>
            <span className="meta">{t(`ring.stands.${standing}`)}</span>
            <Button
              busy={call.isPending && call.variables === person.id} whyNot={ringing ? t("dispatch.ringing") : undefined}
              aria-label={t("dispatch.call.one", { name: person.name })} onClick={() => call.mutate(person.id)}
            >
              {t("dispatch.call.act")}
            </Button>
          </li>
        ))}
      </ul>
      <Trouble error={call.error} />
    </>
  );
}
