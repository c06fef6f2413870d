import type { ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { Icon } from "../../ui/Icon";
import type { Case } from "./model";

/** In these states a case has a room; while it is booked the server says when it opens. */
export const MEETS: readonly Case["state"][] = ["ringing", "booked", "accepted", "more-needed", "signed"];

/** The way into the room, for those who are of it. */
export function RoomLink({ one }: { one: Case }): ReactElement | null {
  const { t } = useText();
  const me = useMe().data;
  const mine = me?.role !== "expert" || [one.expert, ...one.invited].some((person) => person?.id === me.id);
  const { pathname } = useLocation();
  if (!mine || pathname.endsWith("/room") || !MEETS.includes(one.state)) return null;
  return <Link to={`/cases/${one.id}/room`} className="btn"><Icon name="video" />{t("room.title")}</Link>;
}
