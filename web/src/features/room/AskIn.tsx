/** Asking somebody in who has no part in the case: an interpreter of the region, or anybody by a link. */
import { Input, Select } from "antd";
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useAskGuest, useAskInterpreter, useInterpreters, type Asked } from "./api";

export function AskIn({ id }: { id: string }): ReactElement {
  const { t } = useText();
  return (
    <Card title={t("guest.ask")}>
      <div className="stack">
        <ByLink id={id} />
        <Interpreter id={id} />
      </div>
    </Card>
  );
}

function ByLink({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const ask = useAskGuest(id);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Asked["role"]>("guest");
  const send = (): void => ask.mutate({ name: name.trim(), role }, { onSuccess: () => setName("") });
  return (
    <form
      className="stack" aria-label={t("guest.by_link")}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) send();
      }}
    >
      <Field label={t("guest.name")} hint={t("guest.name.hint")}>
        <Input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("guest.role")}>
        <Select value={role} onChange={setRole} options={(["guest", "interpreter"] as const).map((one) => ({ value: one, label: t(`room.role.${one}`) }))} />
      </Field>
      <div className="row">
        <Button icon="plus" whyNot={name.trim() ? undefined : t("guest.name.missing")} {...(ask.isPending ? { busy: true } : {})} onClick={send}>{t("guest.make")}</Button>
      </div>
      <Trouble error={ask.error} />
      {ask.data && <Link link={new URL(ask.data.link, location.href).href} ends={ask.data.ends} />}
    </form>
  );
}

/** Shown this once: it is kept nowhere. */
function Link({ link, ends }: { link: string; ends: string }): ReactElement {
  const { t, lang } = useText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="stack" role="status">
      <Field label={t("guest.link")} hint={t("guest.link.hint", { until: moment(new Date(ends), new Date(), lang) })}>
        <Input readOnly value={link} onFocus={(event) => event.target.select()} />
      </Field>
      <div className="row">
        <Button icon={copied ? "check" : "file"} onClick={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}>{t(copied ? "guest.copied" : "guest.copy")}</Button>
      </div>
    </div>
  );
}

function Interpreter({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const interpreters = useInterpreters();
  const ask = useAskInterpreter(id);
  const [person, setPerson] = useState<string>();
  const known = interpreters.data?.items ?? [];
  if (known.length === 0) return null;
  return (
    <div className="stack">
      <Field label={t("guest.interpreter")}>
        <Select
          value={person} placeholder={t("guest.interpreter.choose")} onChange={setPerson}
          options={known.map((one) => ({ value: one.id, label: one.name }))}
        />
      </Field>
      <div className="row">
        <Button whyNot={person ? undefined : t("guest.interpreter.choose")} {...(ask.isPending ? { busy: true } : {})} onClick={() => person && ask.mutate(person)}>{t("guest.interpreter.ask")}</Button>
      </div>
      <Trouble error={ask.error} />
    </div>
  );
}
