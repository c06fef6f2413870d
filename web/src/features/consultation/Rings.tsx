/** What rings for an expert, on top of every page: who reads one case must still see that another calls. */
import type { ReactElement } from "react";
import type { Me } from "../../lib/me";
import { useNow } from "../../lib/now";
import { useText } from "../../lib/i18n";
import { Stale } from "../../ui/views";
import { useCases } from "./api";
import { Follow, useFollow } from "./Follow";
import { desk } from "./model";
import { RingCall } from "./RingCall";
import "./consultation.css";

/** The list is polled well below this; older means that nobody answers. */
const OLD_S = 40;

export function Rings({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  const departments = me.departments.map(({ id }) => id);
  const cases = useCases(departments);
  useFollow("me");
  const age = (useNow(1000) - cases.dataUpdatedAt) / 1000;
  const { ringing } = desk(cases.data ?? [], me.id, () => false);
  return (
    <>
      {departments.map((id) => <Follow key={id} channel={`queue/${id}`} />)}
      {ringing.map((one) => <RingCall key={one.id} one={one} />)}
      {cases.dataUpdatedAt > 0 && age > OLD_S && <Stale ageS={age} note={t("desk.stale")} />}
    </>
  );
}
