/** On top of every page of both sides: what begins soon, what begins within a day, and what must be moved. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { day as dayText, minutes, sameDay } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { useBookings, useFollow } from "./api";
import { clocks } from "./DayPanel";
import { caseOf, urgency, type Booking, type Urgency } from "./model";
import "./calendar.css";

export function Reminders(): ReactElement | null {
  useFollow("me");
  const now = useNow(1000);
  const { data = [] } = useBookings();
  const due = data.flatMap((booking) => {
    const why = urgency(booking, now);
    return why && caseOf(booking) ? [{ booking, why }] : [];
  });
  if (due.length === 0) return null;
  return <ul className="reminders">{due.map(({ booking, why }) => <Reminder key={booking.id} booking={booking} why={why} now={now} />)}</ul>;
}

function Reminder({ booking, why, now }: { booking: Booking; why: Urgency; now: number }): ReactElement {
  const { t, lang } = useText();
  const start = new Date(booking.start);
  const leftS = (start.getTime() - now) / 1000;
  const when = `${sameDay(start, new Date(now)) ? "" : `${dayText(start, lang)} `}${clocks(booking.start, booking.end, lang)}`;
  return (
    <li className={why}>
      {why === "must-move" ? <Shape state="medium" size={20} /> : <Icon name="calendar" />}
      <span className="grow num">
        <b>{t(`reminder.${why}`)}</b> {when} {booking.institution.name} → {booking.expert.name}
        {why === "open" && leftS > 0 && <> · {t("booking.left.clock", { left: minutes(leftS) })}</>}
      </span>
      {why === "open" && <Link className="btn" to={`/cases/${caseOf(booking)}/room`}><Icon name="video" />{t("room.enter")}</Link>}
      <Link className="btn" to={`/cases/${caseOf(booking)}`}>{t("reminder.open_case")}</Link>
    </li>
  );
}
