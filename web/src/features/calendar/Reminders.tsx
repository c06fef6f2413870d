/** On top of every page of both sides: what is kept for one, what begins soon or within a day, and what must be moved. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { day as dayText, minutes, moment, sameDay } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { useBookings, useFollow, useWaiting } from "./api";
import { clocks } from "./DayPanel";
import { caseOf, pageOf, urgency, type Booking, type Urgency, type Waiting } from "./model";
import "./calendar.css";

export function Reminders(): ReactElement | null {
  useFollow("me");
  const now = useNow(1000);
  const { data = [] } = useBookings();
  const { data: waiting = [] } = useWaiting();
  const due = data.flatMap((booking) => {
    const why = urgency(booking, now);
    return why && pageOf(booking) ? [{ booking, why }] : [];
  });
  const offers = waiting.filter((one) => one.offer && one.until && new Date(one.until).getTime() > now && pageOf(one));
  if (due.length + offers.length === 0) return null;
  return (
    <ul className="reminders">
      {offers.map((one) => <Offer key={one.id} one={one} now={new Date(now)} />)}
      {due.map(({ booking, why }) => <Reminder key={booking.id} booking={booking} why={why} now={now} />)}
    </ul>
  );
}

/** What was cancelled is kept for something of one's own, for a while. */
function Offer({ one, now }: { one: Waiting; now: Date }): ReactElement {
  const { t, lang } = useText();
  const when = (text = ""): string => moment(new Date(text), now, lang);
  return (
    <li className="open">
      <Icon name="calendar" />
      <span className="grow num">
        <b>{t("waiting.offer", { when: when(one.offer?.start), expert: one.offer?.expert.name ?? "" })}</b> {t("waiting.until", { when: when(one.until ?? "") })}
      </span>
      <Link className="btn" to={pageOf(one)}>{t("reminder.open_case")}</Link>
    </li>
  );
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
      {why === "open" && caseOf(booking) && <Link className="btn" to={`/cases/${caseOf(booking)}/room`}><Icon name="video" />{t("room.enter")}</Link>}
      <Link className="btn" to={pageOf(booking)}>{t("reminder.open_case")}</Link>
    </li>
  );
}
