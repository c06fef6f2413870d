/** A critical finding, loud until somebody of the asking side has read it back; who was called, when, and what came of it. */
import { Input } from "antd";
import { useState, type ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Shape } from "../../ui/Shape";
import { Trouble } from "../../ui/views";
import { useCritical } from "./api";
import { nameOf } from "./model";

type Critical = NonNullable<Schemas["Opinions"]["critical"]>;

export function CriticalCall({ id, critical, mayCall }: { id: string; critical: Critical; mayCall: boolean }): ReactElement {
  const { t, lang } = useText();
  const call = useCritical(id);
  const [called, setCalled] = useState("");
  const [tried, setTried] = useState(false);
  const send = (read_back: boolean): void => {
    setTried(true);
    if (called.trim()) call.mutate({ called: called.trim(), read_back });
  };
  return (
    <section className={critical.confirmed ? "where ok" : "where high"} aria-label={t("critical.title")}>
      <Shape state={critical.confirmed ? "ok" : "high"} size={30} />
      <div className="grow stack">
        <h3>{t(critical.confirmed ? "critical.confirmed" : "critical.open")}</h3>
        <p className="prose">{critical.what}</p>
        {!critical.confirmed && <p className="meta">{t("critical.holds")}</p>}
        {!critical.confirmed && critical.alarmed && (
          <p role="status">
            <b>{t("critical.alarmed")}</b> {critical.taken_by && t("critical.taken.by", { name: nameOf(critical.taken_by) })}
          </p>
        )}
        {critical.calls.length > 0 && (
          <ul className="meta num">
            {critical.calls.map((one, index) => (
              <li key={index}>
                {moment(new Date(one.at), new Date(), lang)} {nameOf(one.by)} → {one.called} {t(one.read_back ? "critical.read" : "critical.unread")}
              </li>
            ))}
          </ul>
        )}
        {mayCall && !critical.confirmed && (
          <>
            <Field label={t("critical.called")} error={tried && !called.trim() ? t("critical.called.missing") : undefined}>
              <Input value={called} maxLength={200} onChange={(event) => setCalled(event.target.value)} />
            </Field>
            <div className="row">
              <Button kind="primary" icon="phone" onClick={() => send(true)} {...(call.isPending ? { busy: true } : {})}>{t("critical.read.now")}</Button>
              <Button onClick={() => send(false)}>{t("critical.unread.now")}</Button>
            </div>
            <Trouble error={call.error} />
          </>
        )}
      </div>
    </section>
  );
}
