import { useMutation } from "@tanstack/react-query";
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { recover } from "./api";
import { MIN_PASSWORD, passwordFault } from "./model";
import { useWait } from "./useWait";

interface Props {
  name: string;
  setName(name: string): void;
  onBack(): void;
  onDone(): void;
}

/** A forgotten password: the officer hands out a code, good once and for minutes; it sets a new password. */
export function Recovery({ name, setName, onBack, onDone }: Props): ReactElement {
  const { t } = useText();
  const [code, setCode] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const send = useMutation({ mutationFn: () => recover(name.trim(), code.trim(), next), onSuccess: onDone });
  const wait = useWait(send.error);
  const short = passwordFault("", next, next) === "short";
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (name.trim() && code.trim() && !short && !send.isPending && wait === 0) send.mutate();
      }}
    >
      <p>{t("recovery.how")}</p>
      <Field label={t("login.name")} error={tried && !name.trim() ? t("login.name.missing") : undefined}>
        <Input size="large" autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("recovery.code")} error={tried && !code.trim() ? t("recovery.code.missing") : undefined}>
        <Input size="large" className="num" autoFocus autoComplete="off" value={code} onChange={(event) => setCode(event.target.value)} />
      </Field>
      <Field
        label={t("password.new")} hint={t("password.hint", { count: MIN_PASSWORD })}
        error={tried && short ? t("password.short", { count: MIN_PASSWORD }) : undefined}
      >
        <Input.Password size="large" autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />
      </Field>
      <Trouble error={send.error} />
      <Button
        kind="primary" large type="submit" className="wide" {...(send.isPending ? { busy: true } : {})}
        whyNot={wait > 0 ? t("login.wait", { seconds: wait }) : undefined}
      >
        {t("recovery.set")}
      </Button>
      <Button kind="quiet" onClick={onBack}>{t("act.back")}</Button>
    </form>
  );
}
