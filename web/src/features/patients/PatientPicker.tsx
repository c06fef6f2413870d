/** Choosing one of the house's patients by name, for another feature's page. */
import { Input } from "antd";
import { useDeferredValue, useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Field } from "../../ui/Field";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { usePatients } from "./api";
import type { Patient } from "./model";

export function PatientPicker({ onChoose }: { onChoose: (patient: Patient) => void }): ReactElement {
  const { t } = useText();
  const [name, setName] = useState("");
  const wanted = useDeferredValue(name.trim());
  const patients = usePatients(wanted);
  return (
    <div className="stack">
      <Field label={t("patients.pick")}>
        <Input type="search" allowClear autoFocus value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      {patients.isPending ? (
        <Loading what={t("patients.loading")} />
      ) : !patients.data ? (
        <ProblemView title={t("patients.failed")} error={patients.error} onRetry={() => void patients.refetch()} />
      ) : patients.data.length === 0 ? (
        <Empty icon="user" title={t("patients.none")}>{t("patients.none.why")}</Empty>
      ) : (
        <ul className="picker">
          {patients.data.map((patient) => (
            <li key={patient.id}>
              <button type="button" className="btn wide" onClick={() => onChoose(patient)}><Who person={patient} /></button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
