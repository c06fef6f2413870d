import { AdministrationPage } from "../features/administration/AdministrationPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const officer: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/administration",
  pages: [
    { path: "/administration", page: <AdministrationPage />, rail: { icon: "building", word: "nav.administration" } },
    accountPage(me),
  ],
});
