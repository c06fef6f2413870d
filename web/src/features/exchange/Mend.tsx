/** What a person can do with a message that waits: replay it as it came, or corrected; or give it up with a reason. */
import { Input, Select } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useGiveUp, useReplay } from "./api";
import { asLines, CHARSETS, type Message } from "./model";
import { ReasonForm } from "../../ui/ReasonForm";

export function Mend({ message, text }: { message: Message; text: string }): ReactElement {
  const { t } = useText();
  const [mode, setMode] = useState<"mend" | "give-up">();
  const replay = useReplay(message.id);
  const end = useGiveUp(message.id);
  const busy = replay.isPending || end.isPending;
  if (mode === "give-up") {
    return (
      <div className="stack">
        <ReasonForm
          label={t("exchange.giveup.why")} act={t("exchange.giveup")} busy={busy}
          onCancel={() => setMode(undefined)} onSend={(reason) => end.mutate(reason)}
        />
        <Trouble error={end.error} />
      </div>
    );
  }
  return (
    <div className="stack">
      {mode === "mend" ? (
        <Corrected message={message} text={text} busy={busy} onSend={replay.mutate} onCancel={() => setMode(undefined)} />
      ) : (
        <>
          <p>{t("exchange.mend.how")}</p>
          <div className="row">
            <Button kind="primary" icon="retry" onClick={() => replay.mutate({})} {...(busy ? { busy: true } : {})}>{t("exchange.replay")}</Button>
            <Button icon="pen" onClick={() => setMode("mend")}>{t("exchange.mend.edit")}</Button>
            <Button kind="quiet" onClick={() => setMode("give-up")}>{t("exchange.giveup")}</Button>
          </div>
        </>
      )}
      {replay.isSuccess && !busy && <p role="status" className="meta">{t("exchange.replay.waits")}</p>}
      <Trouble error={replay.error} />
    </div>
  );
}

interface CorrectedProps {
  message: Message;
  text: string;
  busy: boolean;
  onSend(body: { text?: string; charset: string; patient: string }): void;
  onCancel(): void;
}

function Corrected({ message, text, busy, onSend, onCancel }: CorrectedProps): ReactElement {
  const { t } = useText();
  const before = asLines(text);
  const [lines, setLines] = useState(before);
  const [charset, setCharset] = useState("");
  const [patient, setPatient] = useState(message.patient);
  const edited = lines !== before;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSend({ ...(edited ? { text: lines } : {}), charset, patient: patient.trim() });
      }}
    >
      <Field label={t("exchange.mend.text")} hint={t("exchange.mend.text.hint")}>
        <Input.TextArea className="message-text" autoSize={{ minRows: 6, maxRows: 18 }} value={lines} spellCheck={false} onChange={(event) => setLines(event.target.value)} />
      </Field>
      <Field label={t("exchange.field.charset")} hint={t(edited ? "exchange.mend.charset.edited" : "exchange.mend.charset.hint")}>
        <Select
          value={edited ? "" : charset} disabled={edited} onChange={setCharset}
          options={CHARSETS.map((value) => ({ value, label: value || t("exchange.charset.asis") }))}
        />
      </Field>
      <Field label={t("exchange.mend.patient")} hint={t("exchange.mend.patient.hint")}>
        <Input value={patient} onChange={(event) => setPatient(event.target.value)} />
      </Field>
      <div className="row">
        <Button kind="primary" type="submit" icon="retry" {...(busy ? { busy } : {})}>{t("exchange.mend.replay")}</Button>
        <Button kind="quiet" onClick={onCancel}>{t("act.cancel")}</Button>
      </div>
    </form>
  );
}
