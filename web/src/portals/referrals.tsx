/** Referrals are their own feature; whom they are about comes from the patients, their hours from the calendar. */
import type { ReactElement } from "react";
import { useParams } from "react-router";
import { TogetherPicker } from "../features/calendar/TogetherPicker";
import { WaitingCard } from "../features/calendar/WaitingCard";
import { PatientStep } from "../features/patients/PatientStep";
import type { Hours } from "../features/referral/ActBar";
import { useAct } from "../features/referral/api";
import type { Referral } from "../features/referral/model";
import { ReferPage } from "../features/referral/ReferPage";
import { ReferralPage } from "../features/referral/ReferralPage";
import { ReferralsPage } from "../features/referral/ReferralsPage";
import type { Me } from "../lib/me";
import type { PageEntry } from "./portal";

const hours: Hours = (one, value, onChange) => (
  <TogetherPicker department={one.department?.id ?? ""} urgency={one.urgency} value={value} onChange={onChange} />
);

function Waiting({ one }: { one: Referral }): ReactElement {
  const act = useAct(one.id);
  return (
    <WaitingCard
      source={`referral/${one.id}`} department={one.department?.id ?? ""} urgency={one.urgency} busy={act.isPending} error={act.error}
      onTake={(slot) => act.mutate({ act: "book", given: { slots: [slot] } })}
    />
  );
}

function Refer({ me }: { me: Me }): ReactElement {
  const { id = "" } = useParams();
  return <ReferPage key={id} patient={id} me={me} who={<PatientStep id={id} />} />;
}

export function referralPages(me: Me): PageEntry[] {
  return [
    { path: "/patients/:id/refer", page: <Refer me={me} /> },
    { path: "/referrals", page: <ReferralsPage />, rail: { icon: "arrow", word: "nav.referrals" } },
    { path: "/referrals/:id", page: <ReferralPage hours={hours} waiting={(one) => <Waiting one={one} />} /> },
  ];
}
