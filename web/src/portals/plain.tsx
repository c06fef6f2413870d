import type { Role } from "../lib/me";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

const PHONE: readonly Role[] = ["patient", "carer"];

/** For whom no pages of their own exist yet: their account. */
export const plain: MakePortal = (me) => ({
  terminal: PHONE.includes(me.role) ? "phone" : "desktop",
  home: "/account",
  pages: [accountPage(me)],
});
