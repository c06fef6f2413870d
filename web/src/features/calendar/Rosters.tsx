/** The rosters by pattern of a department that go on: made, changed and ended here. */
import { useState, type ReactElement } from "react";
import { date } from "../../lib/format";
import { useText, type T } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Trouble } from "../../ui/views";
import { useEndRoster, useRosters } from "./api";
import { dayKey, type Roster } from "./model";
import { RosterForm } from "./RosterForm";

export function Rosters({ department, now }: { department: string; now: Date }): ReactElement {
  const { t } = useText();
  const { data: all = [] } = useRosters(department);
  const end = useEndRoster();
  const [open, setOpen] = useState<Roster | "new">();
  const going = all.filter(({ pattern }) => pattern.last >= dayKey(now));
  if (open) {
    const roster = open === "new" ? undefined : open;
    return <Card title={t(roster ? "roster.change" : "roster.title")}><RosterForm department={department} roster={roster} onEnd={() => setOpen(undefined)} /></Card>;
  }
  const add = <Button icon="plus" onClick={() => setOpen("new")}>{t("roster.new")}</Button>;
  return (
    <Card title={t("roster.title")}>
      <div className="stack">
        {going.map((one) => <Going key={one.id} one={one} busy={end.isPending && end.variables === one.id} onChange={() => setOpen(one)} onEnd={() => end.mutate(one.id)} />)}
        {end.data && <p role="status" className="num">{t("roster.ended", { count: end.data.shifts })}</p>}
        <Trouble error={end.error} />
        <div className="row">{add}</div>
      </div>
    </Card>
  );
}

/** One of them; it is ended by a second press, which says what goes with it. */
function Going({ one, busy, onChange, onEnd }: { one: Roster; busy: boolean; onChange(): void; onEnd(): void }): ReactElement {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const people = one.people.map(({ name }) => name).join(t("list.comma"));
  return (
    <div className="roster">
      <p><b>{people}</b> <span className="num">{patternOf(t, one.pattern)}</span></p>
      <p className="meta num">{t("calendar.week", { from: dayOf(one.pattern.first), to: dayOf(one.pattern.last) })}</p>
      {asked && <p role="alert">{t("roster.end.what")}</p>}
      <div className="row">
        {asked ? (
          <>
            <Button kind="danger" aria-label={`${t("roster.end.act")} ${people}`} {...(busy ? { busy } : {})} onClick={onEnd}>{t("roster.end.act")}</Button>
            <Button kind="quiet" onClick={() => setAsked(false)}>{t("act.back")}</Button>
          </>
        ) : (
          <>
            <Button aria-label={`${t("roster.change")} ${people}`} onClick={onChange}>{t("roster.change")}</Button>
            <Button kind="quiet" aria-label={`${t("roster.end")} ${people}`} onClick={() => setAsked(true)}>{t("roster.end")}</Button>
          </>
        )}
      </div>
    </div>
  );
}

const dayOf = (text: string): string => date(new Date(`${text}T00:00`));

function patternOf(t: T, { kind, weekdays = [], on = 1, off = 1, start, hours, circle = 1 }: Roster["pattern"]): string {
  const days = kind === "weekly"
    ? weekdays.map((day) => t(`roster.weekday.${day as 0 | 1 | 2 | 3 | 4 | 5 | 6}`)).join(t("list.comma"))
    : t("roster.rotation", { on, off });
  return t("roster.line", { days, start: start.slice(0, 5), hours, circle });
}
