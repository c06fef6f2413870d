/** One person's day: what stands in it, taken back here, and a form for what is to stand there. */
import { useState, type ReactElement } from "react";
import { clock, day as dayText, moment } from "../../lib/format";
import { useText, type Lang, type T } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Empty, Trouble } from "../../ui/views";
import { useTakeBack } from "./api";
import { EnterForm } from "./EnterForm";
import { itemsOf, midnight, type Item, type Kind, type Person, type Week } from "./model";

interface Props {
  week: Week;
  person: Person;
  day: Date;
  department: string;
  me: Me;
  now: Date;
}

export function DayPanel({ week, person, day, department, me, now }: Props): ReactElement {
  const { t, lang } = useText();
  const manages = me.role === "manager";
  const own = person.id === me.id;
  const items = itemsOf(week, person.id, day, midnight(day, 1));
  const takeBack = useTakeBack();
  return (
    <div className="stack">
      <Card title={person.name} aside={dayText(day, lang)} flush>
        {items.length === 0 && <Empty icon="calendar" title={t("calendar.nothing")} />}
        <ul className="rows">
          {items.map((item) => (
            <li key={`${item.what} ${item.id}`}>
              <span className="what">
                <b className="num">{times(item, day, lang)}</b>
                <span className="meta">{describe(t, item)}</span>
              </span>
              {item.booking?.must_move && <Tag state="medium">{t("calendar.must_move")}</Tag>}
              {mayTakeBack(item, manages, own, now) && (
                <Button
                  kind="quiet" icon="close" aria-label={t("calendar.take_back", { what: `${describe(t, item)} ${times(item, day, lang)}` })}
                  {...(takeBack.isPending && takeBack.variables.id === item.id ? { busy: true } : {})}
                  onClick={() => takeBack.mutate(item)}
                />
              )}
            </li>
          ))}
        </ul>
        <div className="pad"><Trouble error={takeBack.error} /></div>
      </Card>
      {(manages || own) && midnight(day, 1) > now && <Entering thing={week.resources.includes(person.id)} person={person} day={day} department={department} manages={manages} />}
    </div>
  );
}

function Entering(props: { thing: boolean; person: Person; day: Date; department: string; manages: boolean }): ReactElement {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  if (!open) return <Button kind="primary" icon="plus" onClick={() => setOpen(true)}>{t("calendar.enter")}</Button>;
  return <Card title={t("calendar.enter")}><EnterForm {...props} onEnd={() => setOpen(false)} /></Card>;
}

/** A shift is the manager's; what is booked is moved first; who is covered takes it back, not the cover; what is over stays. */
function mayTakeBack({ what, state, end }: Item, manages: boolean, own: boolean, now: Date): boolean {
  return end > now && what !== "cover" && state !== "taken" && (manages || (own && what !== "shift"));
}

/** An hour of another day says so. */
function times({ start, end }: Item, day: Date, lang: Lang): string {
  return `${moment(start, day, lang)} – ${end.getTime() === midnight(day, 1).getTime() ? "24:00" : moment(end, day, lang)}`;
}

function describe(t: T, { what, state, circle, kind, other, booking, thing }: Item): string {
  if (what === "shift") return t("calendar.on_duty", { circle: circle ?? 1 });
  if (what === "absence") return thing ? t("calendar.what.out_of_service") : away(t, kind, other);
  if (what === "cover") return t("calendar.covers", { name: other?.name ?? "" });
  if (booking) return t("calendar.booked_by", { institution: booking.institution.name });
  return t(`calendar.slot.${state ?? "free"}`);
}

export function away(t: T, kind: Kind = "other", cover?: Person): string {
  const why = t(`calendar.kind.${kind}`);
  return cover ? t("calendar.covered", { kind: why, name: cover.name }) : why;
}

export const clocks = (start: string, end: string, lang: Lang): string => `${clock(new Date(start), lang)} – ${clock(new Date(end), lang)}`;
