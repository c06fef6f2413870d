/** Seen from the case's room: who is being called now, who did not come and why, and calling in another expert. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useOldS } from "../../lib/polled";
import { RingLog } from "../../parts/ring/RingLog";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/views";
import { ActBar } from "./ActBar";
import { useCase } from "./api";
import { Unanswered } from "./Unanswered";
import "./consultation.css";

export function Calls({ id }: { id: string }): ReactElement | null {
  const { t } = useText();
  const { data: one, dataUpdatedAt } = useCase(id);
  const isOld = useOldS(dataUpdatedAt) !== null;
  if (!one) return null;
  const { ring } = one;
  const rings = one.state === "ringing";
  return (
    <>
      <Card title={t("calls.title")} aside={ring?.answered_by && t("calls.answered", { name: ring.answered_by.name })}>
        {ring && rings && ring.alarmed && <Unanswered ring={ring} />}
        {ring && ring.called.length + ring.failed.length > 0 ? <RingLog ring={ring} still={isOld} /> : <Empty icon="phone" title={t("calls.none")} />}
      </Card>
      {one.acts.includes("invite") && <Card title={t("calls.in")}><ActBar one={{ ...one, acts: ["invite"] }} quiet /></Card>}
    </>
  );
}
