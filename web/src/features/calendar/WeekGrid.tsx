/** People and days; each cell a strip of the day and its sum in words. Arrow keys go from cell to cell. */
import { useRef, type KeyboardEvent, type ReactElement } from "react";
import { day as dayText, number, sameDay } from "../../lib/format";
import { useText, type Lang, type T } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { away } from "./DayPanel";
import { counts, FROM_HOUR, itemsOf, place, TO_HOUR, type Item, type Person, type Week } from "./model";

export interface Chosen {
  person: string;
  day: number;
}

interface Props {
  week: Week;
  /** Seven midnights, and the one after. */
  days: Date[];
  now: Date;
  chosen: Chosen;
  onChoose(chosen: Chosen): void;
}

const STEPS: Record<string, readonly [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function WeekGrid({ week, days, now, chosen, onChoose }: Props): ReactElement {
  const { t, lang } = useText();
  const table = useRef<HTMLTableElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const row = week.people.findIndex(({ id }) => id === chosen.person);
    const person = step && week.people[row + step[0]];
    const day = chosen.day + (step?.[1] ?? 0);
    if (!person || day < 0 || day > 6) return;
    event.preventDefault();
    onChoose({ person: person.id, day });
    table.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(person.id)} ${day}"]`)?.focus();
  };
  return (
    <Card flush className="weekcard">
      <Legend t={t} />
      <div className="daypick" role="group" aria-label={t("calendar.day")}>
        {days.slice(0, 7).map((day, at) => (
          <button
            key={day.getTime()} type="button" className="btn quiet" aria-pressed={at === chosen.day}
            onClick={() => onChoose({ ...chosen, day: at })}
          >
            <span className="sr">{short(day, lang)}</span><span className="num" aria-hidden="true">{day.getDate()}</span>
          </button>
        ))}
      </div>
      <table className="week" ref={table}>
        <caption className="sr">{t("calendar.keys")}</caption>
        <thead>
          <tr>
            <th scope="col"><span className="meta num">{t("calendar.hours", { from: FROM_HOUR, to: TO_HOUR })}</span></th>
            {days.slice(0, 7).map((day, at) => (
              <th key={day.getTime()} scope="col" className={head(day, now, at, chosen)}>{short(day, lang)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {week.people.map((person) => (
            <tr key={person.id}>
              <th scope="row">{person.name}<span className="meta num">{hours(t, lang, week, person, days)}</span></th>
              {days.slice(0, 7).map((day, at) => (
                <td key={day.getTime()} className={head(day, now, at, chosen)}>
                  <Cell
                    items={itemsOf(week, person.id, day, days[at + 1] ?? day)} day={day} now={now}
                    label={`${person.name} ${dayText(day, lang)}`} id={`${person.id} ${at}`}
                    on={person.id === chosen.person && at === chosen.day} onKeyDown={move}
                    onChoose={() => onChoose({ person: person.id, day: at })}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function head(day: Date, now: Date, at: number, chosen: Chosen): string {
  return [sameDay(day, now) ? "today" : "", at === chosen.day ? "shown" : ""].filter(Boolean).join(" ");
}

const short = (day: Date, lang: Lang): string =>
  `${new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", { weekday: "short" }).format(day)} ${day.getDate()}`;

/** How many hours of consultations somebody has this week. */
function hours(t: T, lang: Lang, week: Week, person: Person, days: Date[]): string {
  const all = itemsOf(week, person.id, days[0] ?? new Date(), days[7] ?? new Date()).filter(({ state }) => state === "taken");
  const sum = all.reduce((so, { start, end }) => so + (end.getTime() - start.getTime()) / 3_600_000, 0);
  return t("calendar.sum", { hours: number(sum, lang, 1) });
}

interface CellProps {
  items: Item[];
  day: Date;
  now: Date;
  label: string;
  id: string;
  on: boolean;
  onChoose(): void;
  onKeyDown(event: KeyboardEvent): void;
}

function Cell({ items, day, now, label, id, on, onChoose, onKeyDown }: CellProps): ReactElement {
  const { t } = useText();
  const words = said(t, items);
  const line = place({ start: now, end: new Date(now.getTime() + 60_000) }, day);
  return (
    <button
      type="button" className="daycell" aria-pressed={on} aria-label={`${label} ${words || t("calendar.nothing")}`} tabIndex={on ? 0 : -1}
      data-cell={id} onClick={onChoose} onKeyDown={onKeyDown}
    >
      <span className="track" aria-hidden="true">
        {items.map((item) => {
          const at = place(item, day);
          return at && <i key={item.id} className={look(item)} style={{ left: `${at.left}%`, width: `${at.width}%` }} />;
        })}
        {sameDay(day, now) && line && <i className="now" style={{ left: `${line.left}%` }} />}
      </span>
      <span className="num said">{words || "—"}</span>
    </button>
  );
}

const look = ({ what, state, booking }: Item): string =>
  what !== "slot" ? what : booking?.must_move ? "hit" : state === "taken" ? "taken" : state === "free" ? "free" : "closed";

/** The sum of a day: never a colour alone. */
function said(t: T, items: Item[]): string {
  const { booked, free, mustMove } = counts(items);
  const absent = items.find(({ what }) => what === "absence");
  const cover = items.find(({ what }) => what === "cover");
  const duty = items.find(({ what }) => what === "shift");
  return [
    absent && (absent.thing ? t("calendar.what.out_of_service") : away(t, absent.kind, absent.other)),
    cover?.other && t("calendar.covers", { name: cover.other.name }),
    duty?.circle !== undefined && t("calendar.on_duty", { circle: duty.circle }),
    mustMove > 0 && t("calendar.count.must_move", { count: mustMove }),
    booked > 0 && t("calendar.count.booked", { count: booked }),
    free > 0 && t("calendar.count.free", { count: free }),
  ].filter(Boolean).join(" ");
}

function Legend({ t }: { t: T }): ReactElement {
  return (
    <ul className="legend" aria-label={t("calendar.legend")}>
      {(["taken", "free", "closed", "shift", "cover", "absence", "hit"] as const).map((one) => (
        <li key={one}><i className={one} aria-hidden="true" />{t(`calendar.legend.${one}`)}</li>
      ))}
    </ul>
  );
}
