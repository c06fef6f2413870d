import { useMutation } from "@tanstack/react-query";
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { changePassword } from "./api";
import { MIN_PASSWORD, passwordFault, type Answer } from "./model";

interface Props {
  onAnswer(answer: Answer | undefined): void;
  /** At the first login: the password is one's own already. */
  onSkip?: () => void;
}

/** A password of one's own, in place of the one that was handed out. */
export function NewPassword({ onAnswer, onSkip }: Props): ReactElement {
  const { t } = useText();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation({ mutationFn: () => changePassword(old, next), onSuccess: onAnswer });
  const fault = passwordFault(old, next, again);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!fault && !change.isPending) change.mutate();
      }}
    >
      <Field label={t("password.old")}>
        <Input.Password size="large" autoFocus autoComplete="current-password" value={old} onChange={(event) => setOld(event.target.value)} />
      </Field>
      <Field
        label={t("password.new")} hint={t("password.hint", { count: MIN_PASSWORD })}
        error={tried && fault && fault !== "differs" ? t(`password.${fault}`, { count: MIN_PASSWORD }) : undefined}
      >
        <Input.Password size="large" autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />
      </Field>
      <Field label={t("password.again")} error={tried && fault === "differs" ? t("password.differs") : undefined}>
        <Input.Password size="large" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} />
      </Field>
      <Trouble error={change.error} />
      <Button kind="primary" large type="submit" className="wide" {...(change.isPending ? { busy: true } : {})}>
        {t("act.next")}
      </Button>
      {onSkip && <Button kind="quiet" onClick={onSkip}>{t("password.skip")}</Button>}
    </form>
  );
}
