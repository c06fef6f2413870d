/** Medicines in use, diagnoses, and what the patient does not bear. That nothing was told is not that there is nothing. */
import type { ReactElement } from "react";
import type { Schemas } from "../../../lib/api";
import { fhirMoment } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import { Tag } from "../../../ui/Tag";
import { Empty } from "../../../ui/views";
import { useAllergies, useMedicines, useDiagnoses } from "./api";
import { FileCard, Told } from "./FileCard";

export function MedicinesCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useMedicines(id);
  return (
    <FileCard
      query={query} title={t("file.medicines")} loading={t("file.medicines.loading")} failed={t("file.medicines.failed")} className="in-medicines"
      aside={({ items }) => items.length > 0 && t("file.kinds", { count: items.length })} footer={({ items, last }) => items.length > 0 && <Told items={items} last={last} />}
    >
      {({ items }) =>
        items.length === 0 ? <Empty title={t("file.medicines.empty")}>{t("file.medicines.empty.note")}</Empty> : (
          <ul className="pairs">
            {items.map((one) => (
              <li key={`${one.type}/${one.id}`}>
                <b>{one.name || "—"}</b>
                {one.status === "on-hold" && <Tag state="medium">{t("file.on-hold")}</Tag>}
                <span className="num">{[one.dosage, one.since && t("file.since", { at: one.since.slice(0, 10) })].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
        )}
    </FileCard>
  );
}

export function DiagnosesCard({ id }: { id: string }): ReactElement {
  const { t, lang } = useText();
  const query = useDiagnoses(id);
  return (
    <FileCard
      query={query} title={t("file.diagnoses")} loading={t("file.diagnoses.loading")} failed={t("file.diagnoses.failed")} className="in-diagnoses" lines={2}
      footer={({ items, last }) => items.length > 0 && <Told items={items} last={last} />}
    >
      {({ items }) =>
        items.length === 0 ? <Empty title={t("file.diagnoses.empty")}>{t("file.empty.note")}</Empty> : (
          <ul className="pairs">
            {items.map((one) => (
              <li key={one.id}>
                <b>{one.name || "—"}</b>
                <span className="num">{[one.verified === "provisional" && t("file.diagnosis.provisional"), one.since && t("file.since", { at: fhirMoment(one.since, new Date(), lang) })].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
        )}
    </FileCard>
  );
}

export function AllergiesCard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const query = useAllergies(id);
  return (
    <FileCard
      query={query} title={t("file.allergies")} loading={t("file.allergies.loading")} failed={t("file.allergies.failed")} className="in-allergies" lines={2}
      footer={({ items, last }) => items.length > 0 && <Told items={items} last={last} />}
    >
      {({ items }) =>
        items.length === 0 ? <Empty title={t("file.allergies.empty")}>{t("file.allergies.empty.note")}</Empty> : (
          <ul className="pairs">{items.map((one) => <Allergy key={one.id} one={one} />)}</ul>
        )}
    </FileCard>
  );
}

function Allergy({ one }: { one: Schemas["Allergy"] }): ReactElement {
  const { t, lang } = useText();
  const facts = [
    one.reaction, one.criticality === "high" && t("file.allergy.grave"), one.verified === "unconfirmed" && t("file.allergy.unconfirmed"),
    one.since && fhirMoment(one.since, new Date(), lang),
  ];
  return (
    <li>
      {one.none ? <b>{one.name || t("file.allergy.none")}</b> : <Tag state="high">{one.name || "—"}</Tag>}
      <span className="num">{facts.filter(Boolean).join(" · ")}</span>
    </li>
  );
}
