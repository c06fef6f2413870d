/** The expert's desk, beneath what rings: today, what waits, what is owed. */
import type { ReactElement } from "react";
import { sameDay } from "../../lib/format";
import { useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { useNow } from "../../lib/now";
import { Card } from "../../ui/Card";
import { Empty, Loading, ProblemView, useSpan } from "../../ui/views";
import { useCases } from "./api";
import { CaseRow } from "./CaseRow";
import { useFollow } from "./Follow";
import { desk, type Line } from "./model";
import { Today } from "./Today";
import { useOldS } from "../../lib/polled";
import { useTitle } from "../../lib/title";
import { useWarmViewer } from "../../parts/viewer/warm";
import "./consultation.css";

export function DeskPage({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  useTitle(t("nav.desk"));
  useWarmViewer();
  const cases = useCases(me.departments.map(({ id }) => id));
  const live = useFollow("me");
  const oldS = useOldS(cases.dataUpdatedAt);
  const now = useNow(1000);
  const age = (now - cases.dataUpdatedAt) / 1000;
  const { queue, open, today } = desk(cases.data ?? [], me.id, (time) => sameDay(new Date(time), new Date(now)));
  return (
    <>
      <h1 className="sr">{t("nav.desk")}</h1>
      <div className="cols desk">
        <Card title={t("desk.today")} aside={cases.data && t("desk.count", { count: today.length })} flush>
          <List query={cases} items={today}>
            {() => <Today cases={today} now={now} />}
          </List>
        </Card>
        <Card title={t("desk.queue")} aside={<Waiting cases={queue} now={now} />} flush>
          <List query={cases} items={queue} empty={t("desk.queue.empty")}>
            {() => <ul className="rows">{queue.map((one) => <CaseRow key={one.id} one={one} />)}</ul>}
          </List>
        </Card>
        <Card title={t("desk.open")} aside={cases.data && t("desk.count", { count: open.length })} flush>
          <List query={cases} items={open} empty={t("desk.open.empty")}>
            {() => <ul className="rows">{open.map((one) => <CaseRow key={one.id} one={one} />)}</ul>}
          </List>
        </Card>
      </div>
      <Freshness age={age} known={cases.dataUpdatedAt > 0} live={!live.stale} old={oldS !== null} />
    </>
  );
}

interface ListProps {
  query: ReturnType<typeof useCases>;
  items: Line[];
  empty?: string;
  children: () => ReactElement;
}

function List({ query, items, empty, children }: ListProps): ReactElement {
  const { t } = useText();
  if (query.isPending) return <Loading what={t("desk.loading")} />;
  if (!query.data) return <ProblemView title={t("desk.failed")} error={query.error} onRetry={() => void query.refetch()} />;
  if (items.length === 0) return <Empty icon="calendar" title={empty ?? t("desk.today.empty")} />;
  return children();
}

function Waiting({ cases, now }: { cases: Line[]; now: number }): ReactElement | null {
  const { t } = useText();
  const long = useSpan();
  const oldest = cases.map(({ created }) => Date.parse(created)).filter(Number.isFinite);
  if (oldest.length === 0) return null;
  return <>{t("desk.oldest", { span: long((now - Math.min(...oldest)) / 1000) })}</>;
}

function Freshness({ age, known, live, old }: { age: number; known: boolean; live: boolean; old: boolean }): ReactElement | null {
  const { t } = useText();
  const long = useSpan();
  if (!known) return null;
  return (
    <p className="meta num">
      {t(old ? "desk.age.old" : live ? "desk.age.live" : "desk.age.polled", { span: long(Math.max(1, Math.floor(age))) })}
    </p>
  );
}

