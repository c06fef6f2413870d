/** The hours of a department that can be booked: by day, each with whose it is. For whoever asks, and whoever moves. */
import { useMemo, useState, type ReactElement } from "react";
import { clock, day as dayText } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useFollow, useHouseOf, useSlots } from "./api";
import { bookable, byDay, midnight, type Pressing } from "./model";
import "./calendar.css";

interface Props {
  department?: string;
  /** A scanner, instead of a department's experts. */
  resource?: string;
  /** The id of the slot that is chosen. */
  value: string;
  urgency?: Pressing;
  /** What else can be done where none is free. */
  otherwise?: string;
  onChange(slot: string): void;
}

/** As far ahead as one looks at once. */
const DAYS = 14;

export function SlotPicker({ department = "", resource, value, urgency = "routine", otherwise, onChange }: Props): ReactElement {
  const { t, lang } = useText();
  const [ahead, setAhead] = useState(0);
  const [from, to] = useMemo(() => [midnight(new Date(), ahead), midnight(new Date(), ahead + DAYS)], [ahead]);
  const slots = useSlots(department, from, to, resource);
  const house = useHouseOf(department);
  if (!department && !resource) return <Empty icon="calendar" title={t("slots.department")} />;
  if (slots.isPending) return <Loading what={t("slots.loading")} />;
  if (!slots.data) return <ProblemView title={t("slots.failed")} error={slots.error} onRetry={() => void slots.refetch()} />;
  const free = byDay(bookable(slots.data, urgency));
  return (
    <div className="slots stack">
      {house && <Follow house={house} />}
      {free.length === 0 && <Empty icon="calendar" title={t("slots.none")}>{otherwise ?? t("slots.none.then")}</Empty>}
      {free.map(({ day, slots: some }) => (
        <fieldset key={day.getTime()} className="chips">
          <legend className="num">{dayText(day, lang)}</legend>
          {some.map((one) => (
            <label key={one.id} className={one.id === value ? "chip on" : "chip"}>
              <input type="radio" className="sr" name={`slot ${resource ?? department}`} checked={one.id === value} onChange={() => onChange(one.id)} />
              <span><b className="num">{clock(new Date(one.start), lang)}</b> {one.expert.name}</span>
            </label>
          ))}
        </fieldset>
      ))}
      <div className="row">
        {ahead > 0 && <Button kind="quiet" icon="left" onClick={() => setAhead(ahead - DAYS)}>{t("slots.before")}</Button>}
        <Button kind="quiet" onClick={() => setAhead(ahead + DAYS)}>{t("slots.after")}</Button>
      </div>
    </div>
  );
}

/** An hour that another books, or gives back, is told. */
function Follow({ house }: { house: string }): null {
  useFollow(`calendar/${house}`);
  return null;
}
