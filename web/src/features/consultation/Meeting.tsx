/** What of a case stands around its live room: whose it is, and what was asked and said. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { useCase } from "./api";
import { Question } from "./CaseFacts";
import { CaseHead } from "./CaseHead";
import { Chat } from "./Chat";
import { useFollow } from "./Follow";

export function MeetingHead({ id }: { id: string }): ReactElement {
  const { t } = useText();
  useFollow(`consultation/${id}`);
  const { data } = useCase(id);
  return data ? <CaseHead one={data} back={`/cases/${id}`} /> : <h1 className="sr">{t("room.title")}</h1>;
}

/** What was asked, and what both sides write. */
export function MeetingSide({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const { data } = useCase(id);
  if (!data) return null;
  return (
    <>
      <Card title={t("case.question")}><Question one={data} /></Card>
      {!data.patient.masked && <Chat one={data} />}
    </>
  );
}
