import { ApprovalsPage } from "../features/approvals/ApprovalsPage";
import { CalendarPage } from "../features/calendar/CalendarPage";
import { Reminders } from "../features/calendar/Reminders";
import { CasesPage } from "../features/consultation/CasesPage";
import { DeskPage } from "../features/consultation/DeskPage";
import { ExpertCasePage } from "../features/consultation/ExpertCasePage";
import { Rings } from "../features/consultation/Rings";
import { PatientPage } from "../features/patients/PatientPage";
import { ReferralNotices } from "../features/referral/Notices";
import { GlassPage } from "../features/reviews/GlassPage";
import { accountPage } from "./account";
import { expertsHour } from "./booked";
import { filePages } from "./file";
import { meetingPage } from "./meeting";
import { recordingsPage } from "./recorded";
import type { MakePortal } from "./portal";
import { referralPages } from "./referrals";

export const expert: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/desk",
  present: true,
  banner: <><Rings me={me} /><Reminders /><ReferralNotices /></>,
  pages: [
    { path: "/desk", page: <DeskPage me={me} />, rail: { icon: "desk", word: "nav.desk" } },
    { path: "/cases", page: <CasesPage />, rail: { icon: "file", word: "nav.cases" } },
    meetingPage,
    recordingsPage,
    { path: "/cases/:id", page: <ExpertCasePage booking={expertsHour} /> },
    { path: "/calendar", page: <CalendarPage me={me} />, rail: { icon: "calendar", word: "nav.calendar" } },
    { path: "/patients/:id", page: <PatientPage step="case" back="/cases" /> },
    ...filePages("/patients/:id"),
    ...referralPages(me),
    { path: "/approvals", page: <ApprovalsPage />, rail: { icon: "shield", word: "nav.approvals" } },
    { path: "/glass", page: <GlassPage />, rail: { icon: "lock", word: "nav.glass" } },
    accountPage(me),
  ],
});
