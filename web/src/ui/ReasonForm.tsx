import { Input } from "antd";
import { useState, type ReactElement, type ReactNode } from "react";
import { useText } from "../lib/i18n";
import { Field } from "./Field";
import { SendRow } from "./SendRow";

interface Props {
  label: string;
  act: string;
  busy: boolean;
  /** What else is to be said, above the reason. */
  children?: ReactNode;
  onSend(reason: string): void;
  onCancel(): void;
}

/** An act that wants a reason asks for it in place. */
export function ReasonForm({ label, act, busy, children, onSend, onCancel }: Props): ReactElement {
  const { t } = useText();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (text.trim() && !busy) onSend(text.trim());
      }}
    >
      {children}
      <Field label={label} error={tried && !text.trim() ? t("reason.missing") : undefined}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      </Field>
      <SendRow act={act} busy={busy} onCancel={onCancel} />
    </form>
  );
}
