/** Enters slots, a shift or an absence of one person on one day. */
import { Input, Select } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useEnter, useExperts } from "./api";
import { CIRCLES, cut, KINDS, LENGTHS, spanOn, type Entry, type Kind, type Person, type What } from "./model";

interface Props {
  /** Whether it is a scanner's day: it has no duty, and nobody stands in for it. */
  thing: boolean;
  person: Person;
  day: Date;
  department: string;
  manages: boolean;
  onEnd(): void;
}

const USUAL: Record<What, readonly [string, string]> = { slot: ["09:00", "11:00"], shift: ["08:00", "20:00"], absence: ["08:00", "18:00"] };

export function EnterForm({ thing, person, day, department, manages, onEnd }: Props): ReactElement {
  const { t } = useText();
  const enter = useEnter();
  const [what, setWhat] = useState<What>("slot");
  const [[from, to], setTimes] = useState(USUAL.slot);
  const [circle, setCircle] = useState(1);
  const [kind, setKind] = useState<Kind>("leave");
  const [cover, setCover] = useState("");
  const { data: experts = [] } = useExperts(department);
  const [minutes, setMinutes] = useState(20);
  const span = spanOn(day, from, to);
  const spans = span ? (what === "slot" ? cut(span, minutes) : [span]) : [];
  const choose = (one: What): void => {
    setWhat(one);
    setTimes(USUAL[one]);
    enter.reset();
  };
  const send = (): void => {
    const entries = spans.map((one): Entry => ({ what, person: person.id, department, circle, kind: thing ? "other" : kind, cover, ...one }));
    if (entries.length > 0 && !enter.isPending) enter.mutate(entries, { onSuccess: onEnd });
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <fieldset className="chips">
        <legend>{t("calendar.what")}</legend>
        {(["slot", ...(manages && !thing ? ["shift" as const] : []), "absence"] as const).map((one) => (
          <label key={one} className={one === what ? "chip on" : "chip"}>
            <input type="radio" className="sr" name="what" checked={one === what} onChange={() => choose(one)} />
            {t(thing && one === "absence" ? "calendar.what.out_of_service" : `calendar.what.${one}`)}
          </label>
        ))}
      </fieldset>
      <div className="row pair-fields">
        <Field label={t("calendar.from")}><Input type="time" required value={from} onChange={(event) => setTimes([event.target.value, to])} /></Field>
        <Field label={t("calendar.to")} {...(span && span.end.getDate() !== span.start.getDate() ? { hint: t("calendar.next_day") } : {})}>
          <Input type="time" required value={to} onChange={(event) => setTimes([from, event.target.value])} />
        </Field>
      </div>
      {what === "slot" && (
        <Field label={t("calendar.length")} hint={t("calendar.length.makes", { count: spans.length })}>
          <Select value={minutes} onChange={setMinutes} options={LENGTHS.map((value) => ({ value, label: t("span.minute", { value }) }))} />
        </Field>
      )}
      {what === "shift" && (
        <Field label={t("calendar.circle")} hint={t("calendar.circle.hint")}>
          <Select value={circle} onChange={setCircle} options={CIRCLES.map((value) => ({ value, label: t("calendar.circle.one", { circle: value }) }))} />
        </Field>
      )}
      {what === "absence" && !thing && (
        <Field label={t("calendar.kind")} hint={t("calendar.absence.then")}>
          <Select value={kind} onChange={setKind} options={KINDS.map((value) => ({ value, label: t(`calendar.kind.${value}`) }))} />
        </Field>
      )}
      {what === "absence" && !thing && (
        <Field label={t("calendar.cover")} hint={t("calendar.cover.hint")}>
          <Select value={cover} onChange={setCover} options={[
            { value: "", label: t("calendar.cover.nobody") },
            ...experts.filter(({ id }) => id !== person.id).map(({ id, name }) => ({ value: id, label: name })),
          ]} />
        </Field>
      )}
      {what === "absence" && thing && <p className="meta">{t("calendar.absence.then")}</p>}
      <Trouble error={enter.error} />
      <div className="row">
        <Button
          kind="primary" type="submit" whyNot={spans.length === 0 ? t("calendar.no_span") : undefined}
          {...(enter.isPending ? { busy: true } : {})}
        >
          {t("calendar.enter.act")}
        </Button>
        <Button kind="quiet" onClick={onEnd}>{t("act.back")}</Button>
      </div>
    </form>
  );
}
