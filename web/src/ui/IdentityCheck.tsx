/** Two identifiers, typed by whoever acts: the name and the date of birth, before anything is signed. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../lib/i18n";
import { Button } from "./Button";
import { Field } from "./Field";
import { Trouble } from "./views";

export interface Identity {
  name: string;
  birth_date?: string;
}

/** Accepts 1959-04-17, 1959/4/17, 1959.4.17, 19590417 and 1959年4月17日; null when it is none of these. */
export function readBirthDate(text: string): string | null {
  const match = /^\s*(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?\s*$/.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10);
}

interface Props {
  /** The record has no date of birth: then the name alone is asked for. */
  withoutBirthDate?: boolean;
  action: string;
  busy?: boolean;
  error?: unknown;
  /** Does not take the focus: it stands on a page beside other things. */
  still?: boolean;
  onConfirm(identity: Identity): void;
  onCancel(): void;
}

export function IdentityCheck({ withoutBirthDate, action, busy, error, still, onConfirm, onCancel }: Props): ReactElement {
  const { t } = useText();
  const [name, setName] = useState("");
  const [birth, setBirth] = useState("");
  const [tried, setTried] = useState(false);
  const date = readBirthDate(birth);
  const confirm = (): void => {
    setTried(true);
    if (!name.trim() || (!withoutBirthDate && !date)) return;
    onConfirm({ name: name.trim(), ...(date && !withoutBirthDate ? { birth_date: date } : {}) });
  };
  return (
    <form
      className="identity"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) confirm();
      }}
    >
      <h3>{t("identity.title")}</h3>
      <p className="meta">{t("identity.why")}</p>
      <div className="halves">
        <Field label={t("identity.name")} error={tried && !name.trim() ? t("identity.name.missing") : undefined}>
          <Input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" autoFocus={!still} />
        </Field>
        {!withoutBirthDate && (
          <Field label={t("identity.birth")} error={tried && !date ? t("identity.birth.wrong") : undefined}>
            <Input
              className="num" value={birth} inputMode="numeric" placeholder="1959-04-17" autoComplete="off"
              onChange={(event) => setBirth(event.target.value)}
            />
          </Field>
        )}
      </div>
      <Trouble error={error} />
      <div className="row">
        <Button kind="primary" icon="id" type="submit" {...(busy ? { busy } : {})}>{action}</Button>
        <Button kind="quiet" onClick={onCancel}>{t("act.back")}</Button>
      </div>
    </form>
  );
}
