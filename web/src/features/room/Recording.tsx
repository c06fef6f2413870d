/** What is recorded of the room: seen by everybody in it, begun by the host with consent. */
import { Input, Radio } from "antd";
import { useState, type ReactElement } from "react";
import { clock } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Tag } from "../../ui/Tag";
import { Trouble } from "../../ui/views";
import { mayRecord, useRecording, type RecordingAct, type Room } from "./api";

type Wish = Extract<RecordingAct, { given_by: unknown }>;

const BY: readonly Wish["given_by"][] = ["patient", "carer", "next-of-kin"];
const HOW: readonly Wish["how"][] = ["spoken", "signed"];

/** Says it as it is: `on` only while it is really being recorded. */
export function RecordedTag({ recorded }: { recorded: Room["recording"] | undefined }): ReactElement {
  const { t } = useText();
  return (
    <span role="status">
      {recorded && <Tag state={recorded.state === "on" ? "high" : "stale"} icon="record">{t(`recording.${recorded.state === "on" ? "on" : "begins"}`)}</Tag>}
    </span>
  );
}

export function Recording({ id, room, ticket }: { id: string; room: Room; ticket: string }): ReactElement {
  const { t, lang } = useText();
  const act = useRecording(id, ticket);
  const { recording, role } = room;
  const busy = act.isPending ? { busy: true as const } : {};
  return (
    <Card title={t("recording.title")}>
      <div className="stack">
        {recording ? (
          <>
            <RecordedTag recorded={recording} />
            <p>{t("recording.since", { time: clock(new Date(recording.since), lang), name: recording.by?.name ?? "" })}</p>
            <div className="row">
              {role === "host" && <Button icon="record" {...busy} onClick={() => act.mutate("stop")}>{t("recording.stop")}</Button>}
              {mayRecord(room) && <Button kind="danger" {...busy} onClick={() => act.mutate({ withdraw: recording.id })}>{t("recording.withdraw")}</Button>}
            </div>
          </>
        ) : role === "host" ? (
          <Consent busy={act.isPending} onBegin={act.mutate} />
        ) : (
          <p className="meta">{t("recording.none")}</p>
        )}
        <Trouble error={act.error} />
      </div>
    </Card>
  );
}

/** Nothing is recorded without a consent that is asked for this alone. */
function Consent({ busy, onBegin }: { busy: boolean; onBegin(wish: Wish): void }): ReactElement {
  const { t } = useText();
  const [wish, setWish] = useState<Partial<Wish>>({ name: "", relation: "" });
  const { given_by, how, name = "", relation = "" } = wish;
  const forAnother = given_by !== undefined && given_by !== "patient";
  const lacks = !given_by || !how || (forAnother && (!name.trim() || !relation.trim()));
  return (
    <>
      <p>{t("recording.ask")}</p>
      <fieldset className="plain">
        <legend>{t("consent.by")}</legend>
        <Radio.Group value={given_by} onChange={(event) => setWish({ ...wish, given_by: event.target.value as Wish["given_by"] })}
          options={BY.map((value) => ({ value, label: t(`consent.by.${value}`) }))} />
      </fieldset>
      {forAnother && (
        <>
          <Field label={t("consent.name")}><Input maxLength={200} value={name} onChange={(event) => setWish({ ...wish, name: event.target.value })} /></Field>
          <Field label={t("consent.relation")}><Input maxLength={200} value={relation} onChange={(event) => setWish({ ...wish, relation: event.target.value })} /></Field>
        </>
      )}
      <fieldset className="plain">
        <legend>{t("consent.how")}</legend>
        <Radio.Group value={how} onChange={(event) => setWish({ ...wish, how: event.target.value as Wish["how"] })}
          options={HOW.map((value) => ({ value, label: t(`consent.how.${value}`) }))} />
      </fieldset>
      <div className="row">
        <Button kind="primary" icon="record" whyNot={lacks ? t("recording.lacks") : undefined} {...(busy ? { busy: true as const } : {})}
          onClick={() => given_by && how && onBegin({ given_by, how, ...(forAnother ? { name, relation } : {}) })}>{t("recording.begin")}</Button>
      </div>
    </>
  );
}
