import { useMutation } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Trouble } from "../../ui/views";
import { giveCode, giveKey } from "./api";
import { CodeField } from "./CodeField";
import type { Answer } from "./model";
import { useWait } from "./useWait";
import { Ways, type Way } from "./Ways";

interface Props {
  /** The kind that was enrolled a moment ago, else the code. */
  first: Way;
  onAnswer(answer: Answer): void;
}

export function Factor({ first, onAnswer }: Props): ReactElement {
  const { t } = useText();
  const [way, setWay] = useState<Way>(first);
  const [code, setCode] = useState("");
  const give = useMutation({
    mutationFn: (digits: string | null) => (digits === null ? giveKey() : giveCode(digits)),
    onSuccess: onAnswer,
    onError: () => setCode(""),
  });
  const wait = useWait(give.error);
  const ready = !give.isPending && wait === 0;
  const whyNot = wait > 0 ? t("login.wait", { seconds: wait }) : undefined;
  return (
    <form
      className="factor"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && way === "code" && code.length === 6) give.mutate(code);
        if (ready && way === "key") give.mutate(null);
      }}
    >
      <div className="stack">
        {way === "code" ? (
          <CodeField code={code} setCode={setCode} onWhole={(whole) => ready && give.mutate(whole)} />
        ) : (
          <p>{t("factor.key.touch")}</p>
        )}
        <Trouble error={give.error} />
        <Button kind="primary" large type="submit" className="wide" whyNot={whyNot} {...(give.isPending ? { busy: true } : {})}>
          {t(way === "code" ? "factor.confirm" : "factor.key.ask")}
        </Button>
      </div>
      <Ways way={way} setWay={setWay} />
    </form>
  );
}
