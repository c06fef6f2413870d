import { CalendarPage } from "../features/calendar/CalendarPage";
import { ManagementPage } from "../features/management/ManagementPage";
import { DutyPhones } from "../parts/duty/DutyPhone";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const manager: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/overview",
  pages: [
    { path: "/overview", page: <><ManagementPage /><DutyPhones institution={me.institution.id} /></>, rail: { icon: "chart", word: "nav.overview" } },
    { path: "/calendar", page: <CalendarPage me={me} />, rail: { icon: "calendar", word: "nav.calendar" } },
    accountPage(me),
  ],
});
