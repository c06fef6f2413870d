import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Tag } from "../../ui/Tag";
import { LOOK, type Line } from "./model";

export function CaseTag({ one }: { one: Pick<Line, "state"> }): ReactElement {
  const { t } = useText();
  const look = LOOK[one.state];
  return <Tag {...(look ? { state: look } : {})}>{t(`case.state.${one.state}`)}</Tag>;
}

export function ModeWord({ one }: { one: Pick<Line, "mode" | "urgency"> }): ReactElement {
  const { t } = useText();
  return <>{t(one.urgency === "emergency" ? `case.kind.emergency.${one.mode}` : `case.kind.${one.mode}`)}</>;
}
