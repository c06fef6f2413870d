/** Shifts by a pattern: the same days of every week, or so many days on and so many off, one after the other. */
import { Input, InputNumber, Select } from "antd";
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useExperts, useMakeRoster } from "./api";
import { CIRCLES, dayKey, midnight, type Person } from "./model";

const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const KINDS = ["rotation", "weekly"] as const;

export function Rostering({ department }: { department: string }): ReactElement {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  if (!open) return <Button icon="calendar" onClick={() => setOpen(true)}>{t("roster.title")}</Button>;
  return <Card title={t("roster.title")}><RosterForm department={department} onEnd={() => setOpen(false)} /></Card>;
}

function RosterForm({ department, onEnd }: { department: string; onEnd(): void }): ReactElement {
  const { t, lang } = useText();
  const { data: experts = [] } = useExperts(department);
  const make = useMakeRoster();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("rotation");
  const [people, setPeople] = useState<string[]>([]);
  const [first, setFirst] = useState(dayKey(midnight(new Date(), 1)));
  const [last, setLast] = useState(dayKey(midnight(new Date(), 28)));
  const [start, setStart] = useState("08:00");
  const [numbers, setNumbers] = useState({ hours: 24, on: 1, off: 2, circle: 1 });
  const [weekdays, setWeekdays] = useState<number[]>([0]);
  const number = (name: keyof typeof numbers, most: number, label: string, least = 1): ReactElement => (
    <Field label={label}>
      <InputNumber min={least} max={most} value={numbers[name]} onChange={(value) => setNumbers((now) => ({ ...now, [name]: value ?? least }))} />
    </Field>
  );
  const whyNot = people.length === 0 ? t("roster.no_people") : kind === "weekly" && weekdays.length === 0 ? t("roster.no_days") : undefined;
  const send = (): void => {
    if (whyNot || make.isPending) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    make.mutate({ department, kind, people, first, last, start, zone, weekdays: kind === "weekly" ? weekdays : [], ...numbers });
  };
  const made = make.data;
  const nameOf = (id: string): string => experts.find((one: Person) => one.id === id)?.name ?? "";
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <fieldset className="chips">
        <legend>{t("roster.kind")}</legend>
        {KINDS.map((one) => (
          <label key={one} className={one === kind ? "chip on" : "chip"}>
            <input type="radio" className="sr" name="pattern" checked={one === kind} onChange={() => setKind(one)} />{t(`roster.kind.${one}`)}
          </label>
        ))}
      </fieldset>
      <Field label={t("roster.people")} hint={kind === "rotation" ? t("roster.people.order") : t("roster.people.all")}>
        <Select mode="multiple" value={people} onChange={setPeople} aria-label={t("roster.people")} showSearch={{ optionFilterProp: "label" }} options={experts.map(({ id, name }) => ({ value: id, label: name }))} />
      </Field>
      {kind === "weekly" ? (
        <fieldset className="chips">
          <legend>{t("roster.weekdays")}</legend>
          {WEEKDAYS.map((one) => (
            <label key={one} className={weekdays.includes(one) ? "chip on" : "chip"}>
              <input
                type="checkbox" className="sr" checked={weekdays.includes(one)}
                onChange={() => setWeekdays((now) => (now.includes(one) ? now.filter((each) => each !== one) : [...now, one].sort()))}
              />
              {t(`roster.weekday.${one}`)}
            </label>
          ))}
        </fieldset>
      ) : (
        <div className="row pair-fields">{number("on", 31, t("roster.on"))}{number("off", 31, t("roster.off"), 0)}</div>
      )}
      <div className="row pair-fields">
        <Field label={t("roster.first")}><Input type="date" required value={first} onChange={(event) => setFirst(event.target.value)} /></Field>
        <Field label={t("roster.last")}><Input type="date" required value={last} onChange={(event) => setLast(event.target.value)} /></Field>
      </div>
      <div className="row pair-fields">
        <Field label={t("calendar.from")}><Input type="time" required value={start} onChange={(event) => setStart(event.target.value)} /></Field>
        {number("hours", 24, t("roster.hours"))}
        {number("circle", CIRCLES.length, t("calendar.circle"))}
      </div>
      {made && (
        <div role="status" className="stack">
          <p className="num">{t("roster.made", { count: made.made, skipped: made.skipped.length })}</p>
          {made.skipped.length > 0 && (
            <ul className="num">{made.skipped.slice(0, 20).map(({ person, start: when, why }) => <li key={`${person} ${when}`}>{nameOf(person)} {moment(new Date(when), new Date(), lang)} · {t(why === "absent" ? "roster.absent" : "roster.overlap")}</li>)}</ul>
          )}
        </div>
      )}
      <Trouble error={make.error} />
      <div className="row">
        <Button kind="primary" type="submit" whyNot={whyNot} {...(make.isPending ? { busy: true } : {})}>{t("roster.act")}</Button>
        <Button kind="quiet" onClick={onEnd}>{t("act.back")}</Button>
      </div>
    </form>
  );
}
