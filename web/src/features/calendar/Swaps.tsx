/** Swaps of shifts: what is asked of whom, and what each may do with it; an expert asks a colleague here. */
import { Select } from "antd";
import { useMemo, useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useAskSwap, useDecideSwap, useExperts, useShifts, useSwaps } from "./api";
import { askable, midnight, swapActs, type Shift, type Swap, type Week } from "./model";

export function Swaps({ me, department, week, now }: { me: Me; department: string; week: Week; now: Date }): ReactElement | null {
  const { t } = useText();
  const manages = me.role === "manager";
  const { data: swaps = [] } = useSwaps(manages ? department : undefined);
  const mine = manages ? [] : askable(week.shifts, swaps, me.id, now);
  if (swaps.length === 0 && mine.length === 0) return null;
  return (
    <Card title={t("swap.title")}>
      <div className="stack">
        {swaps.map((one) => <Asked key={one.id} one={one} me={me} />)}
        {mine.length > 0 && <Ask me={me} shifts={mine} now={now} />}
      </div>
    </Card>
  );
}

function Asked({ one, me }: { one: Swap; me: Me }): ReactElement {
  const { t, lang } = useText();
  const decide = useDecideSwap();
  const when = (shift: Swap["shift"]): string => (shift ? moment(new Date(shift.start), new Date(), lang) : "");
  const what = one.other
    ? t("swap.both", { asker: one.asker.name, person: one.person.name, when: when(one.shift), other: when(one.other) })
    : t("swap.one", { asker: one.asker.name, person: one.person.name, when: when(one.shift) });
  return (
    <div className="stack">
      <p className="num">{what} <span className="meta">{t(`swap.state.${one.state}`)}</span></p>
      <div className="row">
        {swapActs(one, me).map((act) => (
          <Button
            key={act} aria-label={`${t(`swap.act.${act}`)} ${what}`} {...(decide.isPending && decide.variables.act === act ? { busy: true } : {})}
            onClick={() => decide.mutate({ id: one.id, act })}
          >
            {t(`swap.act.${act}`)}
          </Button>
        ))}
      </div>
      <Trouble error={decide.error} />
    </div>
  );
}

function Ask({ me, shifts, now }: { me: Me; shifts: Shift[]; now: Date }): ReactElement {
  const { t, lang } = useText();
  const ask = useAskSwap();
  const [chosen, setChosen] = useState("");
  const [person, setPerson] = useState("");
  const [other, setOther] = useState("");
  const shift = shifts.find(({ id }) => id === chosen) ?? shifts[0];  // what is asked or taken is none of them any more
  const department = shift?.department ?? "";
  const { data: experts = [] } = useExperts(department);
  const from = midnight(now).getTime();
  const { data: theirs = [] } = useShifts(department, useMemo(() => new Date(from), [from]));
  const when = ({ id, start }: Shift): { value: string; label: string } => ({ value: id, label: moment(new Date(start), now, lang) });
  const choose = (one: string | null): void => {
    setPerson(one ?? "");
    setOther("");
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (shift && person && !ask.isPending) ask.mutate({ shift: shift.id, person, other }, { onSuccess: () => choose(null) });
      }}
    >
      <Field label={t("swap.shift")}>
        <Select value={shift?.id ?? null} onChange={(one) => setChosen(one ?? "")} options={shifts.map(when)} />
      </Field>
      <Field label={t("swap.person")}>
        <Select value={person || null} onChange={choose} options={experts.filter(({ id }) => id !== me.id).map(({ id, name }) => ({ value: id, label: name }))} />
      </Field>
      {person && (
        <Field label={t("swap.other")}>
          <Select
            value={other} onChange={setOther}
            options={[{ value: "", label: t("swap.none") }, ...theirs.filter((one) => one.person.id === person && new Date(one.start) > now).map(when)]}
          />
        </Field>
      )}
      <Trouble error={ask.error} />
      <div className="row"><Button type="submit" whyNot={person ? undefined : t("swap.no_person")} {...(ask.isPending ? { busy: true } : {})}>{t("swap.ask")}</Button></div>
    </form>
  );
}
