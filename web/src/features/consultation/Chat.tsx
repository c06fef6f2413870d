/** What both sides write to each other, and the number to call. */
import { Input } from "antd";
import { useEffect, useRef, useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useChat, useSay } from "./api";
import type { Case } from "./model";

const LONGEST = 4000;
const ENDED: readonly Case["state"][] = ["closed", "cancelled", "did-not-take-place"];

/** `callBack`: its reader is who would call. */
export function Chat({ one, callBack = false }: { one: Case; callBack?: boolean }): ReactElement {
  const { t } = useText();
  const chat = useChat(one.id);
  return (
    <Card title={t("chat.title")}>
      <div className="chat">
        {callBack && one.call_back && (
          <p>{t("chat.call")} <a className="num" href={`tel:${one.call_back.replaceAll(/[^\d+]/g, "")}`}>{one.call_back}</a></p>
        )}
        {chat.isPending && <Loading what={t("chat.loading")} lines={2} />}
        {!chat.isPending && !chat.data && <ProblemView title={t("chat.failed")} error={chat.error} onRetry={() => void chat.refetch()} />}
        {chat.data && <Said messages={chat.data} />}
        {!ENDED.includes(one.state) && <Say id={one.id} />}
      </div>
    </Card>
  );
}

function Said({ messages }: { messages: NonNullable<ReturnType<typeof useChat>["data"]> }): ReactElement {
  const { t, lang } = useText();
  const end = useRef<HTMLOListElement>(null);
  const now = new Date();
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [messages.length]);
  if (messages.length === 0) return <Empty icon="pen" title={t("chat.empty")} />;
  return (
    <ol ref={end} className="said" tabIndex={0} aria-label={t("chat.title")} aria-live="polite">
      {messages.map(({ id, who, at, text }) => (
        <li key={id}>
          <span className="meta num">{who.name} {moment(new Date(at), now, lang)}</span>
          <p className="prose">{text}</p>
        </li>
      ))}
    </ol>
  );
}

function Say({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const say = useSay(id);
  const [text, setText] = useState("");
  const send = (): void => {
    const said = text.trim();
    // What was typed stays until it is kept
    if (said && !say.isPending) say.mutate(said, { onSuccess: () => setText("") });
  };
  return (
    <form
      className="say"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label={t("chat.say")}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={LONGEST} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <Button type="submit" busy={say.isPending}>{t("chat.send")}</Button>
      <Trouble error={say.error} />
    </form>
  );
}
