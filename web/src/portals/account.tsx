import type { Me } from "../lib/me";
import { AccountPage } from "../features/session/AccountPage";
import type { PageEntry } from "./portal";

/** Everyone has an account. */
export const accountPage = (me: Me): PageEntry => ({
  path: "/account",
  page: <AccountPage me={me} />,
  rail: { icon: "user", word: "nav.account" },
});
