/** The hour of an expert and, where it is needed, of what they examine with: both are booked, or neither. */
import { Select } from "antd";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Field } from "../../ui/Field";
import { useResources } from "./api";
import type { Pressing } from "./model";
import { SlotPicker } from "./SlotPicker";

interface Props {
  department: string;
  urgency: Pressing;
  /** The slots that are chosen, the expert's first. */
  value: string[];
  onChange(slots: string[]): void;
}

export function TogetherPicker({ department, urgency, value, onChange }: Props): ReactElement {
  const { t } = useText();
  const { data: resources = [] } = useResources();
  const [resource, setResource] = useState("");
  const [expert = "", scan = ""] = value;
  return (
    <div className="stack">
      <SlotPicker department={department} urgency={urgency} otherwise={t("slots.none.wait")} value={expert} onChange={(slot) => onChange(scan ? [slot, scan] : [slot])} />
      {resources.length > 0 && (
        <Field label={t("resource.with")}>
          <Select
            value={resource} aria-label={t("resource.with")} onChange={(one) => { setResource(one); onChange(expert ? [expert] : []); }}
            options={[{ value: "", label: t("resource.none") }, ...resources.map(({ id, name, institution }) => ({ value: id, label: `${institution.name} ${name}` }))]}
          />
        </Field>
      )}
      {resource && (expert ? <SlotPicker resource={resource} urgency={urgency} otherwise={t("slots.none.later")} value={scan} onChange={(slot) => onChange([expert, slot])} /> : <p className="meta">{t("resource.expert_first")}</p>)}
    </div>
  );
}
