/** What rings for an expert, on top of every page: who reads one case must still see that another calls. */
import type { ReactElement } from "react";
import type { Me } from "../../lib/me";
import { useText } from "../../lib/i18n";
import { Stale } from "../../ui/views";
import { useCases } from "./api";
import { Follow, useFollow } from "./Follow";
import { desk } from "./model";
import { RingCall } from "./RingCall";
import { useOldS } from "../../lib/polled";
import "./consultation.css";

export function Rings({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  const departments = me.departments.map(({ id }) => id);
  const cases = useCases(departments);
  useFollow("me");
  const oldS = useOldS(cases.dataUpdatedAt);
  const { ringing } = desk(cases.data ?? [], me.id, () => false);
  return (
    <>
      {departments.map((id) => <Follow key={id} channel={`queue/${id}`} />)}
      {ringing.map((one) => <RingCall key={one.id} one={one} unsure={oldS !== null} />)}
      {oldS !== null && <Stale ageS={oldS} note={t("desk.stale")} />}
    </>
  );
}
