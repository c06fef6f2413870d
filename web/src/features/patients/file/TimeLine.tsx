/** What happened when: a lane for visits, stays, exams and consultations at a distance, and the line that is now. */
import { useState, type ReactElement } from "react";
import { fhirMoment, moment } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import { useNow } from "../../../lib/now";
import { Empty } from "../../../ui/views";
import { useTimeline } from "./api";
import { FileCard, Told } from "./FileCard";
import { daysOf, LANES, marksOf, reachOf, ticksOf, timeOf, type Event, type Lane } from "./model";

const REACHES = [1, 3, null] as const;
const LISTED = 60;

export function TimeLineCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useTimeline(id);
  return (
    <FileCard
      query={query} title={t("file.timeline")} loading={t("file.timeline.loading")} failed={t("file.timeline.failed")} className="in-line"
      aside={({ items, last, total }) => total > 0 && <>{t("file.events", { count: total })} · <Told items={items} last={last} /></>}
    >
      {({ items, total }) => (items.length === 0 ? <Empty icon="calendar" title={t("file.timeline.empty")} /> : <Lanes items={items} total={total} />)}
    </FileCard>
  );
}

function Lanes({ items, total }: { items: Event[]; total: number }): ReactElement {
  const { t, lang } = useText();
  const now = useNow(60_000);
  const [years, setYears] = useState<number | null>(3);
  const reach = reachOf(items, now, years);
  const long = now - Math.min(...items.map(({ start }) => timeOf(start)).filter(Number.isFinite)) > 366 * 86_400_000;
  const nowAt = ((now - reach[0]) / (reach[1] - reach[0])) * 100;
  return (
    <div className="lanes">
      {long && (
        <div className="presence reach" role="group" aria-label={t("file.reach")}>
          {REACHES.map((one) => (
            <button key={String(one)} type="button" className={one === years ? "on" : ""} aria-pressed={one === years} onClick={() => setYears(one)}>
              {one === null ? t("file.reach.all") : t("file.reach.years", { count: one })}
            </button>
          ))}
        </div>
      )}
      <div className="lane-axis" role="img" aria-label={LANES.map((lane) => `${t(`file.lane.${lane}`)} ${items.filter((one) => one.lane === lane).length}`).join(t("list.comma"))}>
        {LANES.map((lane) => <LaneRow key={lane} lane={lane} items={items} reach={reach} now={now} />)}
        <div className="grid" aria-hidden="true">
          {ticksOf(reach).map(({ at, left, text }) => <span key={at} className="num" style={{ left: `${left}%` }}>{text}</span>)}
          <i style={{ left: `${nowAt}%` }}><b className="num">{t("file.now", { at: moment(new Date(now), new Date(now), lang) })}</b></i>
        </div>
      </div>
      <details className="listed">
        <summary>{t("file.timeline.list")}</summary>
        <ol className="rows">{items.slice(0, LISTED).map((one) => <EventRow key={`${one.type}/${one.id}`} one={one} now={now} />)}</ol>
        {total > Math.min(items.length, LISTED) && <p className="meta file-more">{t("file.older", { count: total - Math.min(items.length, LISTED) })}</p>}
      </details>
    </div>
  );
}

function LaneRow({ lane, items, reach, now }: { lane: Lane; items: Event[]; reach: [number, number]; now: number }): ReactElement {
  const { t } = useText();
  const count = items.filter((one) => one.lane === lane).length;
  const marks = marksOf(items, lane, reach, now);
  const newest = marks[0];
  return (
    <div className={`lane ${lane}`} aria-hidden="true">
      <span className="word">{t(`file.lane.${lane}`)} <em className="num">{count}</em></span>
      <div className="track">
        {marks.map(({ event, left, width }) => (
          <i key={`${event.type}/${event.id}`} title={event.title} style={width === null ? { left: `${left}%` } : { left: `${left}%`, width: `${width}%` }} />
        ))}
        {lane === "inpatient" && newest && <Stay event={newest.event} left={newest.left + (newest.width ?? 0)} now={now} />}
      </div>
    </div>
  );
}

/** The newest stay is named beside its bar, on the side where there is room. */
function Stay({ event, left, now }: { event: Event; left: number; now: number }): ReactElement {
  const { t } = useText();
  const days = daysOf(event, now);
  const words = [event.title, days !== null && t("file.days", { count: days })].filter(Boolean).join(" ");
  return <small className={left > 60 ? "before num" : "num"} style={left > 60 ? { right: `${100 - left}%` } : { left: `${left}%` }}>{words}</small>;
}

function EventRow({ one, now }: { one: Event; now: number }): ReactElement {
  const { t, lang } = useText();
  const days = one.lane === "inpatient" ? daysOf(one, now) : null;
  const facts = [t(`file.lane.${one.lane}`), one.where || one.source.name, days !== null && t("file.days", { count: days }), one.status === "in-progress" && t("file.lasting")];
  return (
    <li>
      <time className="num meta">{one.start ? fhirMoment(one.start, new Date(now), lang) : t("file.undated")}</time>
      <div className="what">
        <h3>{one.title || t(`file.lane.${one.lane}`)}</h3>
        <p className="meta num">{facts.filter(Boolean).join(" · ")}</p>
      </div>
    </li>
  );
}
