/** The patient's file beside the faces; its links open in a new window, the room stays. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { StaysHere } from "../../ui/StaysHere";
import { DocumentsCard } from "./file/Documents";
import { ResultsCard } from "./file/Results";
import { AllergiesCard, DiagnosesCard, MedicinesCard } from "./file/Treatment";
import "./file/file.css";

export function MeetingRecord({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const base = `/patients/${id}`;
  return (
    <StaysHere>
      <p className="meta">{t("room.record.note")}</p>
      <AllergiesCard id={id} />
      <DiagnosesCard id={id} />
      <MedicinesCard id={id} />
      <ResultsCard id={id} base={base} />
      <DocumentsCard id={id} base={base} />
    </StaysHere>
  );
}
