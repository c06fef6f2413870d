import { Select } from "antd";
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Field } from "../../ui/Field";
import { Trouble } from "../../ui/views";
import { useDepartments, useHouses } from "./api";

interface Receiver {
  institution: string;
  department: string;
}

interface Props {
  /** The house that refers: it is none to refer to. */
  own: string;
  value: Receiver;
  missing: boolean;
  onChange(value: Receiver): void;
}

/** To which house, and to which department of it or to its referral desk. */
export function ReceiverFields({ own, value, missing, onChange }: Props): ReactElement {
  const { t } = useText();
  const houses = useHouses();
  const departments = useDepartments();
  const of = (departments.data ?? []).filter(({ institution }) => institution.id === value.institution);
  return (
    <>
      <Field label={t("referral.to")} error={missing ? t("referral.to.missing") : undefined}>
        <Select
          showSearch={{ optionFilterProp: "label" }} value={value.institution || null} loading={houses.isPending} aria-label={t("referral.to")}
          onChange={(institution) => onChange({ institution: institution ?? "", department: "" })}
          options={(houses.data ?? []).filter(({ id }) => id !== own).map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Field>
      <Field label={t("referral.department")}>
        <Select
          showSearch={{ optionFilterProp: "label" }} value={value.department} disabled={!value.institution} aria-label={t("referral.department")}
          onChange={(department) => onChange({ ...value, department })}
          options={[{ value: "", label: t("referral.desk") }, ...of.map(({ id, name }) => ({ value: id, label: name }))]}
        />
      </Field>
      <Trouble error={houses.error ?? departments.error} />
    </>
  );
}
