import { Alarms } from "../features/dispatch/Alarm";
import { DispatchPage } from "../features/dispatch/DispatchPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const dispatcher: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/rings",
  banner: <Alarms />,
  pages: [{ path: "/rings", page: <DispatchPage me={me} />, rail: { icon: "bell", word: "nav.rings" } }, accountPage(me)],
});
