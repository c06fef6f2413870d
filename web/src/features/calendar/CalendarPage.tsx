/** A week of a department's experts, or of oneself: who is on duty, who is away, what can be booked and what is. */
import { Select } from "antd";
import { useMemo, useState, type ReactElement } from "react";
import { day as dayText, date } from "../../lib/format";
import { useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { useNow } from "../../lib/now";
import { useOldS } from "../../lib/polled";
import { isRefused } from "../../lib/problem";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { useBookings, useDepartments, useFollow, useWeek } from "./api";
import { DayPanel } from "./DayPanel";
import { FeedCard } from "./FeedCard";
import { days, midnight, monday, type Week } from "./model";
import { AddResource } from "./ResourceForm";
import { Rosters } from "./Rosters";
import { Swaps } from "./Swaps";
import { WeekGrid, type Chosen } from "./WeekGrid";
import "./calendar.css";

export function CalendarPage({ me }: { me: Me }): ReactElement {
  const { t, lang } = useText();
  useTitle(t("nav.calendar"));
  useFollow(`calendar/${me.institution.id}`);
  const manages = me.role === "manager";
  const departments = useDepartments(me.institution.id, manages);
  const offered = manages ? departments.data ?? [] : me.departments;
  const [asked, setAsked] = useState("");
  const department = asked || (manages ? offered[0]?.id : undefined);
  const now = useNow(60_000);
  const [from, setFrom] = useState(() => monday(new Date()));
  const week = useMemo(() => days(from), [from]);
  const to = week[7] ?? from;
  const query = useWeek(department, from, to);
  const oldS = useOldS(query.dataUpdatedAt);
  return (
    <>
      <div className="pagehead">
        <h1>{t("nav.calendar")}</h1>
        <div className="row weeknav">
          <Button kind="plain" icon="left" aria-label={t("calendar.week.before")} onClick={() => setFrom(midnight(from, -7))} />
          <b className="num" aria-live="polite">{t("calendar.week", { from: date(from), to: date(midnight(to, -1)) })}</b>
          <Button kind="plain" icon="right" aria-label={t("calendar.week.after")} onClick={() => setFrom(midnight(from, 7))} />
          <Button kind="quiet" onClick={() => setFrom(monday(new Date()))}>{t("calendar.week.this")}</Button>
        </div>
        {offered.length > 0 && (
          <Select
            className="whose" showSearch={{ optionFilterProp: "label" }} value={department ?? ""} onChange={setAsked} aria-label={t("calendar.whose")}
            options={[...(manages ? [] : [{ value: "", label: t("calendar.own") }]), ...offered.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
      </div>
      {oldS !== null && <Stale ageS={oldS} note={t("calendar.stale")} />}
      {manages && departments.isPending ? (
        <Card><Loading what={t("calendar.loading")} /></Card>
      ) : manages && !departments.data ? (
        <Card><ProblemView title={t("calendar.failed")} error={departments.error} onRetry={() => void departments.refetch()} /></Card>
      ) : manages && !department ? (
        <Card><Empty icon="calendar" title={t("calendar.no_department")} /></Card>
      ) : query.data && !isRefused(query.error) ? (
        <Known key={from.getTime()} week={query.data} days={week} department={department ?? me.departments[0]?.id ?? ""} me={me} now={new Date(now)} lang={lang} />
      ) : query.isPending ? (
        <Card><Loading what={t("calendar.loading")} lines={8} /></Card>
      ) : (
        <Card><ProblemView title={t("calendar.failed")} error={query.error} onRetry={() => void query.refetch()} /></Card>
      )}
    </>
  );
}

interface KnownProps {
  week: Week;
  days: Date[];
  department: string;
  me: Me;
  now: Date;
  lang: "zh" | "en";
}

function Known({ week, days: dates, department, me, now, lang }: KnownProps): ReactElement {
  const { t } = useText();
  const today = Math.max(0, dates.findIndex((day) => day.toDateString() === now.toDateString()));
  const [chosen, setChosen] = useState<Chosen>({ person: week.people[0]?.id ?? "", day: today < 7 ? today : 0 });
  const person = week.people.find(({ id }) => id === chosen.person) ?? week.people[0];
  const from = dates[chosen.day];
  // Of all departments and weeks: a manager is told where it must be seen
  const { data: bookings = [] } = useBookings();
  const hit = bookings.filter(({ must_move }) => must_move);
  if (!person || !from) return <Card><Empty icon="people" title={t("calendar.nobody")} /></Card>;
  return (
    <>
      {hit.length > 0 && (
        <section className="mustmove" aria-label={t("calendar.must_move")}>
          <Shape state="medium" size={24} />
          <div>
            <b>{t("calendar.must_move")}</b>
            <ul>
              {hit.map((one) => (
                <li key={one.id} className="num">
                  {t("calendar.must_move.one", {
                    expert: one.expert.name, when: `${dayText(new Date(one.start), lang)} ${clockOf(one.start)}`, institution: one.institution.name,
                  })}
                </li>
              ))}
            </ul>
          </div>
        </section>
      )}
      <div className="cols calendar">
        <WeekGrid week={week} days={dates} now={now} chosen={{ person: person.id, day: chosen.day }} onChoose={setChosen} />
        <div className="stack">
          <DayPanel key={`${person.id} ${chosen.day}`} week={week} person={person} day={from} department={department} me={me} now={now} />
          <Swaps me={me} department={department} week={week} now={now} />
          {me.role === "manager" && <Rosters key={department} department={department} now={now} />}
          {me.role === "manager" && <AddResource department={department} />}
          {me.role === "expert" && <FeedCard />}
        </div>
      </div>
    </>
  );
}

const clockOf = (moment: string): string => new Date(moment).toTimeString().slice(0, 5);
