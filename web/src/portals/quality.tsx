import { ReviewPage } from "../features/matching/ReviewPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const quality: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/matching",
  pages: [{ path: "/matching", page: <ReviewPage />, rail: { icon: "people", word: "nav.matching" } }, accountPage(me)],
});
