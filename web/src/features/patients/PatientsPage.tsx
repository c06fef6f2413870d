/** Finding a patient by name. */
import { Input } from "antd";
import { useDeferredValue, useState, type ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { Who } from "../../ui/Who";
import { usePatients } from "./api";

export function PatientsPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.patients"));
  const [name, setName] = useState("");
  const wanted = useDeferredValue(name.trim());
  const patients = usePatients(wanted);
  return (
    <>
      <div className="pagehead"><h1>{t("nav.patients")}</h1></div>
      <Card flush>
        <div className="search">
          <Field label={t("patients.search")}>
            <Input
              size="large" type="search" allowClear value={name} autoFocus prefix={<Icon name="search" />}
              placeholder={t("patients.search.example")} onChange={(event) => setName(event.target.value)}
            />
          </Field>
        </div>
        {patients.isPending ? (
          <Loading what={t("patients.loading")} />
        ) : !patients.data ? (
          <ProblemView title={t("patients.failed")} error={patients.error} onRetry={() => void patients.refetch()} />
        ) : patients.data.length === 0 ? (
          <Empty icon="user" title={t(wanted ? "patients.none" : "patients.empty")}>{t("patients.none.why")}</Empty>
        ) : (
          <ul className="rows">
            {patients.data.map((patient) => (
              <li key={patient.id}>
                <Link className="rowlink" to={`/patients/${patient.id}`}>
                  <div className="what"><Who person={patient} /></div>
                  <Icon name="right" />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
