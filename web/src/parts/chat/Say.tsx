/** Where a message is written; what is typed is the outbox's, and outlasts the panel. */
import { Input } from "antd";
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import type { Outbox } from "./outbox";
import "./chat.css";

interface Props {
  /** To whom one writes. */
  label: string;
  typed: string;
  outbox: Outbox;
  longest: number;
}

export function Say({ label, typed, outbox, longest }: Props): ReactElement {
  const { t } = useText();
  return (
    <form
      className="say"
      onSubmit={(event) => {
        event.preventDefault();
        outbox.say();
      }}
    >
      <Field label={label}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={longest} value={typed} onChange={(event) => outbox.type(event.target.value)} />
      </Field>
      <Button type="submit">{t("chat.send")}</Button>
    </form>
  );
}
