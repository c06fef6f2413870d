/** An act wants a fresher factor: a dock in the corner asks for it, beside the picture and never over it. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type ReactElement } from "react";
import { http } from "../../lib/http";
import { useText } from "../../lib/i18n";
import { hasKeys } from "../../lib/webauthn";
import { Button } from "../../ui/Button";
import { Trouble } from "../../ui/views";
import { giveCode, giveKey } from "./api";
import { CodeField } from "./CodeField";
import type { Answer } from "./model";
import { useWait } from "./useWait";

export function StepUp({ onEnd }: { onEnd(given: boolean): void }): ReactElement {
  const { t } = useText();
  const [code, setCode] = useState("");
  const give = useMutation({
    mutationFn: (digits: string | null) => (digits === null ? giveKey() : giveCode(digits)),
    onSuccess: (answer: Answer) => {
      if (answer.csrf) http.keepToken(answer.csrf);
      onEnd(true);
    },
    onError: () => setCode(""),
  });
  const wait = useWait(give.error);
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") onEnd(false);
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, [onEnd]);
  return (
    <div className="dock" role="dialog" aria-labelledby="stepup">
      <h2 id="stepup">{t("stepup.title")}</h2>
      <p className="meta">{t("stepup.why")}</p>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (code.length === 6 && !give.isPending && wait === 0) give.mutate(code);
        }}
      >
        <CodeField code={code} setCode={setCode} onWhole={(whole) => wait === 0 && give.mutate(whole)} />
        <Trouble error={give.error} />
        <div className="row">
          <Button
            kind="primary" type="submit" {...(give.isPending ? { busy: true } : {})}
            whyNot={wait > 0 ? t("login.wait", { seconds: wait }) : undefined}
          >
            {t("factor.confirm")}
          </Button>
          {hasKeys() && <Button icon="key" onClick={() => give.mutate(null)}>{t("factor.key")}</Button>}
          <Button kind="quiet" onClick={() => onEnd(false)}>{t("act.cancel")}</Button>
        </div>
      </form>
    </div>
  );
}
