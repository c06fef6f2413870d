/** Sensitive labels that a person set: whoever treats the patient sets one with a reason, and takes it back. */
import { Radio, Select } from "antd";
import { useState, type ReactElement } from "react";
import { fhirMoment } from "../../../lib/format";
import { isText, useText } from "../../../lib/i18n";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { Icon } from "../../../ui/Icon";
import { ReasonForm } from "../../../ui/ReasonForm";
import { Tag } from "../../../ui/Tag";
import { Trouble } from "../../../ui/views";
import { useAllergies, useDiagnoses, useDocuments, useLabel, useMedicines, useResults, useSight, useTakeBack, useTimeline, type Label } from "./api";
import { FileCard } from "./FileCard";
import { labelable, type Place } from "./model";

export function LabelsCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useSight(id);
  const [open, setOpen] = useState(false);
  return (
    <FileCard
      query={query} title={t("file.labels")} loading={t("file.labels.loading")} failed={t("file.labels.failed")} className="in-labels" lines={2}
      footer={() => !open && <Button kind="quiet" onClick={() => setOpen(true)}><Icon name="lock" />{t("file.labels.set")}</Button>}
    >
      {({ labels }) => (
        <>
          {open && <NewLabel id={id} onEnd={() => setOpen(false)} />}
          {labels.length === 0 && !open && <p className="lead meta">{t("file.labels.none")}</p>}
          {labels.length > 0 && <ul className="rows labels">{labels.map((one) => <Labelled key={`${one.type}/${one.id}`} id={id} one={one} />)}</ul>}
        </>
      )}
    </FileCard>
  );
}

/** What one sees of the file and may label: each list as far as it has come. */
function usePlaces(id: string): Place[] {
  const lists = { diagnoses: useDiagnoses(id).data, results: useResults(id).data, documents: useDocuments(id).data, medicines: useMedicines(id).data };
  return labelable({ ...lists, allergies: useAllergies(id).data, timeline: useTimeline(id).data });
}

function useTypeWord(): (type: string) => string {
  const { t } = useText();
  return (type) => {
    const word = `file.type.${type}`;
    return isText(word) ? t(word) : type;
  };
}

function NewLabel({ id, onEnd }: { id: string; onEnd(): void }): ReactElement {
  const { t } = useText();
  const word = useTypeWord();
  const places = usePlaces(id);
  const [chosen, choose] = useState<string>();
  const [code, setCode] = useState<Label["code"]>("R");
  const [tried, setTried] = useState(false);
  const label = useLabel(id);
  const place = places.find(({ key }) => key === chosen);
  const send = (reason: string): void => {
    setTried(true);
    if (place) label.mutate({ type: place.type, id: place.id, code, reason }, { onSuccess: onEnd });
  };
  return (
    <div className="label-form">
      <ReasonForm label={t("file.labels.why")} act={t("file.labels.set")} busy={label.isPending} onSend={send} onCancel={onEnd}>
        <p className="meta">{t("file.labels.note")}</p>
        <Field label={t("file.labels.what")} error={tried && !place ? t("file.labels.what.missing") : undefined}>
          <Select
            showSearch={{ optionFilterProp: "label" }} value={chosen} onChange={choose} placeholder={t("file.labels.what.missing")}
            options={places.map(({ key, type, title }) => ({ value: key, label: [word(type), title].filter(Boolean).join(" · ") }))}
          />
        </Field>
        <Radio.Group aria-label={t("file.labels.code")} value={code} onChange={(event) => setCode(event.target.value === "V" ? "V" : "R")}>
          {(["R", "V"] as const).map((each) => <Radio key={each} value={each}>{t(`file.labels.code.${each}`)}</Radio>)}
        </Radio.Group>
      </ReasonForm>
      <Trouble error={label.error} />
    </div>
  );
}

function Labelled({ id, one }: { id: string; one: Label }): ReactElement {
  const { t, lang } = useText();
  const word = useTypeWord();
  const [open, setOpen] = useState(false);
  const back = useTakeBack(id);
  return (
    <li>
      <div className="what">
        <h3>{word(one.type)} <Tag icon="lock">{t(`file.labels.code.${one.code}`)}</Tag></h3>
        <p>{one.why}</p>
        <p className="meta num">{[one.mine ? t("file.you") : one.name, fhirMoment(one.at, new Date(), lang)].filter(Boolean).join(" · ")}</p>
        {open && (
          <ReasonForm
            label={t("file.labels.why-back")} act={t("file.labels.take-back")} busy={back.isPending} onCancel={() => setOpen(false)}
            onSend={(reason) => back.mutate({ type: one.type, id: one.id, reason })}
          />
        )}
        <Trouble error={back.error} />
      </div>
      {!open && <Button kind="quiet" onClick={() => setOpen(true)}>{t("file.labels.take-back")}</Button>}
    </li>
  );
}
