/** The log-in is slowed and an emergency calls: a one-time code or a security key alone takes it. Nothing else opens. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { hasKeys } from "../../lib/webauthn";
import { Button } from "../../ui/Button";
import { Shape } from "../../ui/Shape";
import { Trouble } from "../../ui/views";
import { answerRing, answerRingByKey } from "./api";
import { CodeField } from "./CodeField";

export function Emergency({ name }: { name: string }): ReactElement {
  const { t } = useText();
  const [code, setCode] = useState("");
  const answer = useMutation({ mutationFn: (whole: string | null) => (whole === null ? answerRingByKey(name.trim()) : answerRing(name.trim(), whole)), onError: () => setCode("") });
  if (answer.data) {
    const { place, question, call_back } = answer.data;
    return (
      <div className="stack taken" role="status">
        <p className="head"><Shape state="ok" />{t("emergency.taken", { place: place.name })}</p>
        <p className="prose">{question}</p>
        {call_back && <p>{t("chat.call")} <a className="num" href={`tel:${call_back.replaceAll(/[^\d+]/g, "")}`}>{call_back}</a></p>}
        <p className="meta">{t("emergency.then")}</p>
      </div>
    );
  }
  return (
    <details className="stack">
      <summary>{t("emergency.title")}</summary>
      <p className="meta">{t("emergency.how")}</p>
      <CodeField code={code} setCode={setCode} onWhole={(whole) => !answer.isPending && answer.mutate(whole)} />
      {hasKeys() && <Button icon="key" onClick={() => !answer.isPending && answer.mutate(null)}>{t("factor.key.ask")}</Button>}
      <Trouble error={answer.error} />
    </details>
  );
}
