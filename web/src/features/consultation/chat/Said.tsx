/** The messages, oldest first, and beneath them what one has written and the centre does not have yet. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { moment } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import { Going } from "../../../parts/chat/Going";
import { Shape } from "../../../ui/Shape";
import { Empty } from "../../../ui/views";
import { useSee, type Writing } from "./api";
import { after, seenBy, seenUpTo, type Log, type Message } from "./model";

interface Props {
  id: string;
  log: Log;
  me: string;
  writing: Writing;
}

export function Said({ id, log, me, writing: { outbox, unsent } }: Props): ReactElement {
  const { t } = useText();
  const list = useRef<HTMLOListElement>(null);
  // Where one read last stays marked while one reads
  const [from] = useState(() => seenUpTo(log, me));
  const isNew = after(log, me, from)[0]?.id;
  const { messages } = log;
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [messages.length, unsent]);
  useSeen(id, list, Number(after(log, me, seenUpTo(log, me)).at(-1)?.id ?? 0));
  if (messages.length + unsent.length === 0) return <Empty icon="pen" title={t("chat.empty")} />;
  return (
    <ol ref={list} className="said" tabIndex={0} aria-label={t("chat.title")} aria-live="polite">
      {messages.map((message) => (
        <li key={message.id} className={message.who.id === me ? "mine" : undefined}>
          {message.id === isNew && <p className="from-here meta">{t("chat.new")}</p>}
          <One message={message} log={log} isMine={message.who.id === me} />
        </li>
      ))}
      {unsent.map((one) => <li key={one.key} className="mine"><Going one={one} outbox={outbox} /></li>)}
    </ol>
  );
}

/** While the last message of another is in sight, on a page that somebody looks at, it is said that it was seen. */
function useSeen(id: string, list: { current: HTMLOListElement | null }, upto: number): void {
  const see = useSee(id);
  useEffect(() => {
    const end = list.current?.lastElementChild;
    if (!end || upto === 0) return;
    let inSight = false;
    const look = (): void => {
      if (inSight && document.visibilityState === "visible") see(upto);
    };
    const sight = new IntersectionObserver((entries) => {
      inSight = entries.at(-1)?.isIntersecting ?? false;
      look();
    });
    sight.observe(end);
    document.addEventListener("visibilitychange", look);
    return () => {
      sight.disconnect();
      document.removeEventListener("visibilitychange", look);
    };
  }, [list, see, upto]);
}

function One({ message, log, isMine }: { message: Message; log: Log; isMine: boolean }): ReactElement {
  const { t, lang } = useText();
  const now = new Date();
  const seen = isMine ? seenBy(log, message) : [];
  return (
    <>
      <span className="meta num">{message.who.name} {moment(new Date(message.at), now, lang)}</span>
      <p className="prose">{message.text}</p>
      {isMine && (
        <span className="receipt meta num">
          {seen.length > 0 && <Shape state="ok" size={13} />}
          {seen.length > 0
            ? t("chat.seen", { who: seen.map(({ who, at }) => `${who.name} ${moment(new Date(at), now, lang)}`).join(t("chat.and")) })
            : t("chat.kept")}
        </span>
      )}
    </>
  );
}
