import type { ReactElement } from "react";
import { useParams } from "react-router";
import { ApartOnePage } from "../features/apart/ApartOnePage";
import type { Pick } from "../features/apart/Settle";
import { ApartPage } from "../features/apart/ApartPage";
import { Reminders } from "../features/calendar/Reminders";
import { SlotPicker } from "../features/calendar/SlotPicker";
import { AskerCasePage } from "../features/consultation/AskerCasePage";
import { CasesPage } from "../features/consultation/CasesPage";
import { RequestPage } from "../features/consultation/RequestPage";
import { UnansweredCalls } from "../features/consultation/Unanswered";
import { PatientPage } from "../features/patients/PatientPage";
import { PatientsPage } from "../features/patients/PatientsPage";
import { PatientPicker } from "../features/patients/PatientPicker";
import { PatientStep } from "../features/patients/PatientStep";
import { ReferralNotices } from "../features/referral/Notices";
import { GlassPage } from "../features/reviews/GlassPage";
import { accountPage } from "./account";
import { askersHour } from "./booked";
import { filePages } from "./file";
import { meetingPage } from "./meeting";
import { recordingsPage } from "./recorded";
import type { MakePortal } from "./portal";
import { referralPages } from "./referrals";

/** What can be booked is the calendar's. */
const hours = (department: string, value: string, onChange: (slot: string) => void): ReactElement => (
  <SlotPicker department={department} value={value} onChange={onChange} />
);

/** The request is the consultation's, the patient in it comes from the patients. */
function Request(): ReactElement {
  const { id = "" } = useParams();
  return <RequestPage key={id} patient={id} who={<PatientStep id={id} />} hours={hours} />;
}

/** Whose held images are is asked by their feature, looked up by the patients'. */
const pick: Pick = (onChoose) => (
  <PatientPicker onChoose={({ id, name, sex = "", birth_date = "" }) => onChoose({ id, name, sex, birth_date })} />
);

export const clinician: MakePortal = (me) => ({
  terminal: "touch",
  home: "/patients",
  banner: <><UnansweredCalls /><Reminders /><ReferralNotices /></>,
  pages: [
    { path: "/patients", page: <PatientsPage />, rail: { icon: "people", word: "nav.patients" } },
    { path: "/patients/:id", page: <PatientPage step="request" back="/patients" /> },
    ...filePages("/patients/:id"),
    ...referralPages(me),
    { path: "/patients/:id/request", page: <Request /> },
    { path: "/cases", page: <CasesPage />, rail: { icon: "file", word: "nav.cases" } },
    meetingPage,
    recordingsPage,
    { path: "/cases/:id", page: <AskerCasePage booking={askersHour} /> },
    { path: "/apart", page: <ApartPage me={me} />, rail: { icon: "image", word: "nav.apart" } },
    { path: "/apart/:id", page: <ApartOnePage pick={pick} /> },
    { path: "/glass", page: <GlassPage />, rail: { icon: "lock", word: "nav.glass" } },
    accountPage(me),
  ],
});
