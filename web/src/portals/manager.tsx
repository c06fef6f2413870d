import { CalendarPage } from "../features/calendar/CalendarPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const manager: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/calendar",
  pages: [{ path: "/calendar", page: <CalendarPage me={me} />, rail: { icon: "calendar", word: "nav.calendar" } }, accountPage(me)],
});
