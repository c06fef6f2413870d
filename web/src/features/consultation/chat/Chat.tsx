/** What both sides write to each other, with who has seen it, and the number to call. */
import type { ReactElement } from "react";
import { useText } from "../../../lib/i18n";
import { useSelf } from "../../../lib/self";
import { Say } from "../../../parts/chat/Say";
import { Card } from "../../../ui/Card";
import { Loading, ProblemView } from "../../../ui/views";
import type { Case } from "../model";
import { useChat, useWriting } from "./api";
import { Said } from "./Said";

const LONGEST = 4000;
const ENDED: readonly Case["state"][] = ["closed", "cancelled", "did-not-take-place"];

/** `callBack`: its reader is who would call. */
export function Chat({ one, callBack = false }: { one: Case; callBack?: boolean }): ReactElement {
  const { t } = useText();
  const me = useSelf();
  return (
    <Card title={t("chat.title")}>
      <div className="chat">
        {callBack && one.call_back && (
          <p>{t("chat.call")} <a className="num" href={`tel:${one.call_back.replaceAll(/[^\d+]/g, "")}`}>{one.call_back}</a></p>
        )}
        {me && <Both key={one.id} one={one} me={me} />}
      </div>
    </Card>
  );
}

function Both({ one, me }: { one: Case; me: { id: string; name: string } }): ReactElement {
  const { t } = useText();
  const chat = useChat(one.id);
  const writing = useWriting(one.id, me, chat.data);
  return (
    <>
      {chat.isPending && <Loading what={t("chat.loading")} lines={2} />}
      {!chat.isPending && !chat.data && <ProblemView title={t("chat.failed")} error={chat.error} onRetry={() => void chat.refetch()} />}
      {chat.data && <Said id={one.id} log={chat.data} me={me.id} writing={writing} />}
      {!ENDED.includes(one.state) && <Say label={t("chat.say")} typed={writing.typed} outbox={writing.outbox} longest={LONGEST} />}
    </>
  );
}
