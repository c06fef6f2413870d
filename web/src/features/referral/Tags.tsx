import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Tag } from "../../ui/Tag";
import { LOOK, type Line } from "./model";

/** Where a referral stands, which way it goes, and how urgent it is. */
export function Tags({ one }: { one: Line }): ReactElement {
  const { t } = useText();
  const look = LOOK[one.state];
  return (
    <>
      <Tag {...(look ? { state: look } : {})}>{t(`referral.state.${one.state}`)}</Tag>
      {one.urgency === "routine" ? <Tag>{t("referral.urgency.routine")}</Tag> : <Tag state={one.urgency === "emergency" ? "high" : "medium"}>{t(`referral.urgency.${one.urgency}`)}</Tag>}
      <Tag>{t(`referral.direction.${one.direction}`)} · {t(`referral.kind.${one.kind}`)}</Tag>
    </>
  );
}
