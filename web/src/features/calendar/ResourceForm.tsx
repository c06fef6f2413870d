/** What is booked beside an expert, added to a department; its times are entered in its own row of the week. */
import { Input, Select } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useAddResource } from "./api";
import { RESOURCES, type ResourceKind } from "./model";

export function AddResource({ department }: { department: string }): ReactElement {
  const { t } = useText();
  const add = useAddResource();
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<ResourceKind>("ct");
  const [name, setName] = useState("");
  if (!open) return <Button icon="plus" onClick={() => setOpen(true)}>{t("resource.add")}</Button>;
  return (
    <Card title={t("resource.add")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !add.isPending) add.mutate({ department, kind, name: name.trim() }, { onSuccess: () => setOpen(false) });
        }}
      >
        <Field label={t("resource.kind")}>
          <Select value={kind} onChange={setKind} aria-label={t("resource.kind")} options={RESOURCES.map((one) => ({ value: one, label: t(`resource.kind.${one}`) }))} />
        </Field>
        <Field label={t("resource.name")}><Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} /></Field>
        <Trouble error={add.error} />
        <div className="row">
          <Button kind="primary" type="submit" whyNot={name.trim() ? undefined : t("resource.no_name")} {...(add.isPending ? { busy: true } : {})}>{t("resource.add")}</Button>
          <Button kind="quiet" onClick={() => setOpen(false)}>{t("act.back")}</Button>
        </div>
      </form>
    </Card>
  );
}
