/** How many messages of a case its reader has not seen; nothing, where there are none. */
import type { ReactElement } from "react";
import { number } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import { useSelf } from "../../../lib/self";
import { useChat } from "./api";
import { after, seenUpTo } from "./model";
import "../../../parts/chat/chat.css";

export function Unseen({ id }: { id: string }): ReactElement | null {
  const { t, lang } = useText();
  const me = useSelf();
  const { data } = useChat(id);
  const count = data && me ? after(data, me.id, seenUpTo(data, me.id)).length : 0;
  return count > 0 ? <> <span className="unseen num" role="img" aria-label={t("chat.unseen", { count })}>{number(count, lang)}</span></> : null;
}
