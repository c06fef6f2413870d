/** What the caller may do with a case now, as the server says; an act that wants words asks for them in place. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useAct } from "./api";
import { FORWARD, offered, WANTS, type Case, type OfferedAct } from "./model";

interface Props {
  one: Case;
  /** The page has another filled button already. */
  quiet?: boolean;
}

export function ActBar({ one, quiet }: Props): ReactElement | null {
  const { t } = useText();
  const [open, setOpen] = useState<OfferedAct>();
  const act = useAct(one.id);
  const acts = offered(one.acts);
  if (acts.length === 0) return null;
  const first = quiet ? undefined : FORWARD.find((forward) => acts.includes(forward));
  const begin = (chosen: OfferedAct): void => {
    if (WANTS[chosen] === null) act.mutate({ act: chosen });
    else setOpen(chosen);
  };
  const chosen = open && acts.includes(open) ? open : undefined;
  return (
    <div className="stack">
      {chosen ? (
        <Words
          act={chosen} busy={act.isPending} onCancel={() => setOpen(undefined)}
          onSend={(reason) => act.mutate({ act: chosen, reason }, { onSuccess: () => setOpen(undefined) })}
        />
      ) : (
        <div className="row">
          {acts.map((each) => (
            <Button
              key={each} kind={each === first ? "primary" : "plain"} onClick={() => begin(each)}
              {...(act.isPending && act.variables.act === each ? { busy: true } : {})}
            >
              {t(`case.act.${each}`)}
            </Button>
          ))}
        </div>
      )}
      <Trouble error={act.error} />
    </div>
  );
}

interface WordsProps {
  act: OfferedAct;
  busy: boolean;
  onSend(reason: string): void;
  onCancel(): void;
}

function Words({ act, busy, onSend, onCancel }: WordsProps): ReactElement {
  const { t } = useText();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const wanted = WANTS[act] ?? "reason";
  const error = tried && !text.trim() ? t(`case.want.${wanted}.missing`) : undefined;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (text.trim() && !busy) onSend(text.trim());
      }}
    >
      <Field label={t(`case.want.${wanted}`)} error={error}>
        <Input.TextArea autoSize={{ minRows: 2 }} value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      </Field>
      <div className="row">
        <Button kind="primary" type="submit" {...(busy ? { busy } : {})}>{t(`case.act.${act}`)}</Button>
        <Button kind="quiet" onClick={onCancel}>{t("act.back")}</Button>
      </div>
    </form>
  );
}
