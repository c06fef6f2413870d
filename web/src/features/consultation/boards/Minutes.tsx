/** Minutes that all in the room write together; for who writes the opinion they become its draft by one click. */
import { Input } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState, type ReactElement } from "react";
import { useText } from "../../../lib/i18n";
import { moved, write } from "../../../parts/together/text";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/Card";
import { Field } from "../../../ui/Field";
import { Loading, Trouble } from "../../../ui/views";
import { opinionsAnew, saveDraft } from "../api";
import { EMPTY, filled } from "../draft";
import type { Case } from "../model";
import { Kept } from "./Kept";
import { useBoard } from "./useBoard";

const LONGEST = 20_000;

export function Minutes({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const { board, view } = useBoard(one.id, "minutes");
  const text = board.doc.getText("text");
  const [words, setWords] = useState(text.toJSON());
  const field = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<[number, number] | undefined>(undefined);
  useEffect(() => {
    const follow = (): void => setWords((before) => {
      const [after, held] = [text.toJSON(), field.current];
      if (held && document.activeElement === held && held.value !== after)
        caret.current = [moved(held.selectionStart, before, after), moved(held.selectionEnd, before, after)];
      return after;
    });
    follow();
    text.observe(follow);
    return () => text.unobserve(follow);
  }, [text]);
  useLayoutEffect(() => {
    if (caret.current) field.current?.setSelectionRange(...caret.current);
    caret.current = undefined;
  }, [words]);
  return (
    <Card title={t("minutes.title")}>
      <div className="stack">
        {!view.isThere && !view.problem && <Loading what={t("minutes.loading")} lines={3} />}
        {view.isThere && (
          <Field label={t("minutes.label")}>
            <Input.TextArea
              ref={(made) => void (field.current = made?.resizableTextArea?.textArea ?? null)}
              autoSize={{ minRows: 6, maxRows: 24 }} maxLength={LONGEST} readOnly={!view.isOpen} value={words}
              onChange={(event) => write(text, event.target.value)}
            />
          </Field>
        )}
        <Kept view={view} />
        {one.acts.includes("write") && <ToDraft id={one.id} words={words} />}
      </div>
    </Card>
  );
}

/** Where the minutes go in the opinion. */
const INTO = ["findings", "advice"] as const;

function ToDraft({ id, words }: { id: string; words: string }): ReactElement {
  const { t } = useText();
  const client = useQueryClient();
  const put = useMutation({
    mutationFn: async (part: (typeof INTO)[number]) => {
      const { draft } = await opinionsAnew(client, id);
      const { version = 0, findings = "", conclusion = "", advice = "" } = draft ?? {};
      const before = { findings, conclusion, advice };
      const after = filled(before, { ...EMPTY, [part]: words.trim() });
      await saveDraft(id, { ...before, [part]: after[part], version });
      await opinionsAnew(client, id);
    },
  });
  return (
    <>
      <div className="row">
        {INTO.map((part) => (
          <Button key={part} whyNot={words.trim() ? undefined : t("minutes.empty")} {...(put.isPending && put.variables === part ? { busy: true } : {})} onClick={() => put.mutate(part)}>
            {t(`minutes.to.${part}`)}
          </Button>
        ))}
      </div>
      {put.isSuccess && <p role="status">{t("minutes.put")}</p>}
      <Trouble error={put.error} />
    </>
  );
}
