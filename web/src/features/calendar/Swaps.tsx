/** Swaps of shifts: what is asked of whom, and what each may do with it; an expert asks a colleague here. */
import { Select } from "antd";
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useAskSwap, useDecideSwap, useExperts, useSwaps } from "./api";
import { swapActs, type Swap, type Week } from "./model";

export function Swaps({ me, department, week, now }: { me: Me; department: string; week: Week; now: Date }): ReactElement | null {
  const { t } = useText();
  const manages = me.role === "manager";
  const { data: swaps = [] } = useSwaps(manages ? department : undefined);
  const mine = manages ? [] : week.shifts.filter(({ person, start }) => person.id === me.id && new Date(start) > now);
  if (swaps.length === 0 && mine.length === 0) return null;
  return (
    <Card title={t("swap.title")}>
      <div className="stack">
        {swaps.map((one) => <Asked key={one.id} one={one} me={me} />)}
        {mine.length > 0 && <Ask me={me} shifts={mine} />}
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
      <p className="num">{what} <span className="meta">{t(one.state === "agreed" ? "swap.state.agreed" : "swap.state.asked")}</span></p>
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

function Ask({ me, shifts }: { me: Me; shifts: Week["shifts"] }): ReactElement {
  const { t, lang } = useText();
  const ask = useAskSwap();
  const [shift, setShift] = useState(shifts[0]?.id ?? "");
  const [person, setPerson] = useState("");
  const department = shifts.find(({ id }) => id === shift)?.department ?? "";
  const { data: experts = [] } = useExperts(department);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (shift && person && !ask.isPending) ask.mutate({ shift, person }, { onSuccess: () => setPerson("") });
      }}
    >
      <Field label={t("swap.shift")}>
        <Select value={shift} onChange={setShift} aria-label={t("swap.shift")} options={shifts.map(({ id, start }) => ({ value: id, label: moment(new Date(start), new Date(), lang) }))} />
      </Field>
      <Field label={t("swap.person")}>
        <Select value={person || null} onChange={(one) => setPerson(one ?? "")} aria-label={t("swap.person")} options={experts.filter(({ id }) => id !== me.id).map(({ id, name }) => ({ value: id, label: name }))} />
      </Field>
      <Trouble error={ask.error} />
      <div className="row"><Button type="submit" whyNot={person ? undefined : t("swap.no_person")} {...(ask.isPending ? { busy: true } : {})}>{t("swap.ask")}</Button></div>
    </form>
  );
}
