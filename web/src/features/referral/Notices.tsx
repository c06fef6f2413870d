/** On top of every page: referrals that wait for the reader and were asked after already, or came back. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { useFollow, useReferrals } from "./api";
import { isPressing, receiverOf } from "./model";
import "./referral.css";

export function ReferralNotices(): ReactElement | null {
  const { t } = useText();
  useFollow();
  const { data = [] } = useReferrals();
  const due = data.filter(isPressing);
  if (due.length === 0) return null;
  return (
    <ul className="notices" aria-label={t("referral.notices")}>
      {due.slice(0, 3).map((one) => (
        <li key={one.id}>
          <Shape state={one.state === "unanswered" || one.urgency === "emergency" ? "high" : "medium"} size={20} />
          <span className="grow">
            <b>{t(`referral.notice.${one.mine ? "sender" : "receiver"}`)}</b> {t(`referral.state.${one.state}`)} · {one.mine ? receiverOf(one) : one.house.name}
          </span>
          <Link className="btn" to={`/referrals/${one.id}`}>{t("referral.open")}<span className="sr"> {one.patient.name}</span></Link>
        </li>
      ))}
      {due.length > 3 && <li><Link to="/referrals">{t("referral.notices.more", { count: due.length - 3 })}</Link></li>}
    </ul>
  );
}
