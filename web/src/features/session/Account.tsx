import { useMutation } from "@tanstack/react-query";
import { Input } from "antd";
import { useState, type KeyboardEvent, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { asProblem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Shape } from "../../ui/Shape";
import { Trouble } from "../../ui/views";
import { logIn } from "./api";
import { Emergency } from "./Emergency";
import type { Answer } from "./model";
import { useWait } from "./useWait";

interface Props {
  name: string;
  setName(name: string): void;
  recovered: boolean;
  onAnswer(answer: Answer): void;
  onForgotten(): void;
}

export function Account({ name, setName, recovered, onAnswer, onForgotten }: Props): ReactElement {
  const { t } = useText();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [caps, setCaps] = useState(false);
  const [slowed, setSlowed] = useState(false);
  const login = useMutation({
    mutationFn: () => logIn(name.trim(), password),
    onSuccess: onAnswer,
    onError: (error) => {
      setPassword("");
      if (asProblem(error).code === "auth.slow_down") setSlowed(true);
    },
  });
  const wait = useWait(login.error);
  const watchCaps = (event: KeyboardEvent): void => setCaps(event.getModifierState("CapsLock"));
  return (
    <>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (name.trim() && password && !login.isPending && wait === 0) login.mutate();
        }}
      >
        {recovered && (
          <p className="row"><Shape state="ok" />{t("login.recovered")}</p>
        )}
        <Field label={t("login.name")} error={tried && !name.trim() ? t("login.name.missing") : undefined}>
          <Input size="large" value={name} autoComplete="username" autoFocus onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label={t("login.word")} error={tried && !password && !login.error ? t("login.word.missing") : undefined}
          {...(caps ? { hint: t("login.caps") } : {})}
        >
          <Input.Password
            size="large" value={password} autoComplete="current-password" onKeyUp={watchCaps}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Trouble error={login.error} />
        <Button
          kind="primary" large type="submit" className="wide" {...(login.isPending ? { busy: true } : {})}
          whyNot={wait > 0 ? t("login.wait", { seconds: wait }) : undefined}
        >
          {t("act.next")}
        </Button>
        <div className="row login-help">
          <span className="meta grow">{t("login.slow")}</span>
          <Button kind="quiet" onClick={onForgotten}>{t("login.forgotten")}</Button>
        </div>
      </form>
      {slowed && <Emergency name={name} />}
    </>
  );
}
