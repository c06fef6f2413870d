/** How a system is read and reached; shown, and on demand edited in place. */
import { Input, Select } from "antd";
import { useState, type ReactElement } from "react";
import { Link } from "react-router";
import { useText, type TextKey } from "../../lib/i18n";
import { asProblem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useDialects, useEdit } from "./api";
import { CHARSETS, type Edit, type Peer } from "./model";

const KINDS = ["ORU", "ADT", "SIU"];
const WORDS: { name: "hl7_facility" | "ae" | "hl7_to" | "dicom_to"; word: TextKey; hint?: TextKey }[] = [
  { name: "hl7_facility", word: "exchange.field.facility" },
  { name: "ae", word: "exchange.field.ae" },
  { name: "hl7_to", word: "exchange.field.hl7to", hint: "exchange.field.address" },
  { name: "dicom_to", word: "exchange.field.dicomto", hint: "exchange.field.address" },
];

export function Enrolment({ peer }: { peer: Peer }): ReactElement {
  const { t } = useText();
  const [editing, setEditing] = useState(false);
  if (editing) return <Card title={t("exchange.enrolment")}><Form peer={peer} onEnd={() => setEditing(false)} /></Card>;
  return (
    <Card title={t("exchange.enrolment")}>
      <div className="stack">
        <dl className="facts-list">
          <dt>{t("exchange.field.charset")}</dt><dd className="num">{peer.charset || t("exchange.charset.said")}</dd>
          <dt>{t("exchange.field.dialect")}</dt><dd className="num">{peer.dialect}</dd>
          {WORDS.map(({ name, word }) => <Fact key={name} word={t(word)} value={peer[name]} />)}
          <Fact word={t("exchange.field.sends")} value={peer.sends.join(" ")} />
          <dt>{t("exchange.field.tls")}</dt><dd>{t(peer.plain ? "exchange.tls.plain" : "exchange.tls.must")}</dd>
        </dl>
        <div className="row">
          <Button icon="pen" onClick={() => setEditing(true)}>{t("exchange.edit")}</Button>
          <Link
            className="btn quiet"
            to={`/interfaces/codes?institution=${encodeURIComponent(peer.institution)}&dialect=${encodeURIComponent(peer.dialect)}`}
          >
            {t("exchange.codes")}
          </Link>
        </div>
      </div>
    </Card>
  );
}

function Fact({ word, value }: { word: string; value: string }): ReactElement {
  return <><dt>{word}</dt><dd className="num">{value || "—"}</dd></>;
}

function Form({ peer, onEnd }: { peer: Peer; onEnd: () => void }): ReactElement {
  const { t } = useText();
  const { charset, dialect, hl7_facility, ae, hl7_to, dicom_to, sends } = peer;
  const [told, setTold] = useState<Edit>({ charset, dialect, hl7_facility, ae, hl7_to, dicom_to, sends });
  const dialects = useDialects();
  const edit = useEdit(peer.id);
  const place = edit.error ? asProblem(edit.error).place : undefined;
  const say = (part: Partial<Edit>): void => setTold((before) => ({ ...before, ...part }));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!edit.isPending) edit.mutate(told, { onSuccess: onEnd });
      }}
    >
      <Field label={t("exchange.field.charset")} hint={t("exchange.charset.hint")}>
        <Select
          value={told.charset} onChange={(value: string) => say({ charset: value })}
          options={[...new Set([...CHARSETS, charset])].map((value) => ({ value, label: value || t("exchange.charset.said") }))}
        />
      </Field>
      <Field label={t("exchange.field.dialect")}>
        <Select
          value={told.dialect} onChange={(value: string) => say({ dialect: value })}
          options={[...new Set([dialect, ...(dialects.data?.items ?? [])])].map((value) => ({ value, label: value }))}
        />
      </Field>
      {WORDS.map(({ name, word, hint }) => (
        <Field
          key={name} label={t(word)} {...(hint ? { hint: t(hint) } : {})}
          error={place === name ? t("exchange.field.wrong") : undefined}
        >
          <Input value={told[name]} onChange={(event) => say({ [name]: event.target.value })} />
        </Field>
      ))}
      <Field label={t("exchange.field.sends")}>
        <Select
          mode="multiple" value={told.sends} onChange={(value: string[]) => say({ sends: value })}
          options={KINDS.map((value) => ({ value, label: `${value} ${t(`exchange.sends.${value}` as TextKey)}` }))}
        />
      </Field>
      <p className="meta">{t("exchange.edit.then")}</p>
      <div className="row">
        <Button kind="primary" type="submit" {...(edit.isPending ? { busy: true } : {})}>{t("exchange.save")}</Button>
        <Button kind="quiet" onClick={onEnd}>{t("act.cancel")}</Button>
      </div>
      <Trouble error={edit.error} />
    </form>
  );
}
