/** What is written to all in the room: beside the talk, and instead of it where a link bears no more. */
import { useEffect, useRef, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Going } from "../../parts/chat/Going";
import { Say } from "../../parts/chat/Say";
import { Card } from "../../ui/Card";
import { Empty, Loading, ProblemView } from "../../ui/views";
import type { Present } from "./api";
import type { Words } from "./words";

const LONGEST = 2000;

interface Props {
  words: Words;
  me: string;
  nameOf(person: Present["person"]): string;
}

export function WordsPanel({ words, me, nameOf }: Props): ReactElement {
  const { t, lang } = useText();
  const list = useRef<HTMLOListElement>(null);
  const { all, unsent, outbox, see } = words;
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [all?.length, unsent]);
  const isUnseen = words.unseen > 0;
  useEffect(() => {
    if (isUnseen) see();
  }, [isUnseen, see]);
  return (
    <Card title={t("room.words")}>
      <div className="chat">
        <p className="meta">{t("room.words.note")}</p>
        {!all && !words.error && <Loading what={t("chat.loading")} lines={2} />}
        {!all && words.error !== null && <ProblemView title={t("chat.failed")} error={words.error} onRetry={words.retry} />}
        {all && all.length + unsent.length === 0 && <Empty icon="pen" title={t("chat.empty")} />}
        {all && all.length + unsent.length > 0 && (
          <ol ref={list} className="said" tabIndex={0} aria-label={t("room.words")} aria-live="polite">
            {all.map(({ id, at, who, text }) => (
              <li key={id} className={who.id === me ? "mine" : undefined}>
                <span className="meta num">{nameOf(who)} {moment(new Date(at), new Date(), lang)}</span>
                <p className="prose">{text}</p>
              </li>
            ))}
            {unsent.map((one) => <li key={one.key} className="mine"><Going one={one} outbox={outbox} /></li>)}
          </ol>
        )}
        <Say label={t("room.words.say")} typed={words.typed} outbox={outbox} longest={LONGEST} />
      </div>
    </Card>
  );
}
