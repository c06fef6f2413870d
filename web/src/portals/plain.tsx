import type { Role } from "../lib/me";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

const CALLED: readonly Role[] = ["nurse", "dispatcher", "interpreter"];
const PHONE: readonly Role[] = ["patient", "carer", "interpreter"];

/** For whom no pages of their own exist yet: their account, and whether they can be called. */
export const plain: MakePortal = (me) => ({
  terminal: PHONE.includes(me.role) ? "phone" : "desktop",
  home: "/account",
  present: CALLED.includes(me.role),
  pages: [accountPage(me)],
});
