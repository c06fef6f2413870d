import { CalendarPage } from "../features/calendar/CalendarPage";
import { ManagementPage } from "../features/management/ManagementPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const manager: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/overview",
  pages: [
    { path: "/overview", page: <ManagementPage />, rail: { icon: "chart", word: "nav.overview" } },
    { path: "/calendar", page: <CalendarPage me={me} />, rail: { icon: "calendar", word: "nav.calendar" } },
    accountPage(me),
  ],
});
