/** Shifts by a pattern: the same days of every week, or so many days on and so many off, one after the other. */
import { Input, InputNumber, Select } from "antd";
import { useState, type ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useExperts, useMakeRoster } from "./api";
import { CIRCLES, dayKey, midnight, type Person, type Roster } from "./model";

const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const KINDS = ["rotation", "weekly"] as const;

interface Props {
  department: string;
  /** That is to go on by another pattern; undefined for a new one. */
  roster?: Roster | undefined;
  onEnd(): void;
}

export function RosterForm({ department, roster, onEnd }: Props): ReactElement {
  const { t } = useText();
  const { data: experts = [] } = useExperts(department);
  const make = useMakeRoster();
  const was = roster?.pattern;
  const [kind, setKind] = useState<(typeof KINDS)[number]>(was?.kind ?? "rotation");
  const [people, setPeople] = useState<string[]>(was?.people ?? []);
  const [first, setFirst] = useState(was?.first ?? dayKey(midnight(new Date(), 1)));
  const [last, setLast] = useState(was?.last ?? dayKey(midnight(new Date(), 28)));
  const [start, setStart] = useState((was?.start ?? "08:00").slice(0, 5));
  const [numbers, setNumbers] = useState({ hours: was?.hours ?? 24, on: was?.on ?? 1, off: was?.off ?? 2, circle: was?.circle ?? 1 });
  const [weekdays, setWeekdays] = useState<number[]>(was?.weekdays?.length ? was.weekdays : [0]);
  const number = (name: keyof typeof numbers, most: number, label: string, least = 1): ReactElement => (
    <Field label={label}>
      <InputNumber min={least} max={most} value={numbers[name]} onChange={(value) => setNumbers((now) => ({ ...now, [name]: value ?? least }))} />
    </Field>
  );
  const whyNot = people.length === 0 ? t("roster.no_people") : kind === "weekly" && weekdays.length === 0 ? t("roster.no_days") : undefined;
  const send = (): void => {
    if (whyNot || make.isPending) return;
    const zone = was?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    make.mutate({ department, roster: roster?.id, pattern: { kind, people, first, last, start, zone, weekdays: kind === "weekly" ? weekdays : [], ...numbers } });
  };
  if (make.data) return <Made made={make.data} experts={experts} onEnd={onEnd} />;
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
      {roster && <p className="meta">{t("roster.change.what")}</p>}
      <Trouble error={make.error} />
      <div className="row">
        <Button kind="primary" type="submit" whyNot={whyNot} {...(make.isPending ? { busy: true } : {})}>{t(roster ? "roster.change.act" : "roster.act")}</Button>
        <Button kind="quiet" onClick={onEnd}>{t("act.back")}</Button>
      </div>
    </form>
  );
}

/** What came of it: who of the pattern was left out, and why. */
function Made({ made, experts, onEnd }: { made: Schemas["MadeRoster"]; experts: Person[]; onEnd(): void }): ReactElement {
  const { t, lang } = useText();
  const nameOf = (id: string): string => experts.find((one) => one.id === id)?.name ?? "";
  return (
    <div className="stack">
      <div role="status" className="stack">
        <p className="num">{t("roster.made", { count: made.made, skipped: made.skipped.length })}</p>
        {made.skipped.length > 0 && (
          <ul className="num">{made.skipped.slice(0, 20).map(({ person, start, why }) => <li key={`${person} ${start}`}>{nameOf(person)} {moment(new Date(start), new Date(), lang)} · {t(why === "absent" ? "roster.absent" : "roster.overlap")}</li>)}</ul>
        )}
      </div>
      <div className="row"><Button autoFocus onClick={onEnd}>{t("roster.seen")}</Button></div>
    </div>
  );
}
