/** The lock of a room, its word, and the digits that two people read to each other. */
import type { ReactElement } from "react";
import { useText } from "../../../lib/i18n";
import type { State } from "../../../ui/Shape";
import { Tag } from "../../../ui/Tag";
import type { Lock } from "./lock";

const STATES: Record<Lock, State> = { sealed: "ok", opening: "stale", broken: "high", "not-supported": "high" };

/** `isSlow`: the cipher runs as a script, because this page has no compiled one. */
export function LockTag({ lock, code, isSlow }: { lock: Lock; code: string; isSlow: boolean }): ReactElement {
  const { t } = useText();
  return (
    <span className="row" role="status">
      <Tag state={STATES[lock]} icon="lock">{t(`lock.${lock}`)}</Tag>
      {lock === "sealed" && <span className="meta num">{t("lock.code", { code })}</span>}
      {isSlow && <span className="meta">{t("lock.slow")}</span>}
    </span>
  );
}
