import { ApprovalsPage } from "../features/approvals/ApprovalsPage";
import { ArchivePage } from "../features/archive/ArchivePage";
import { ReviewPage } from "../features/matching/ReviewPage";
import { ReviewsPage } from "../features/reviews/ReviewsPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const quality: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/matching",
  pages: [
    { path: "/matching", page: <ReviewPage />, rail: { icon: "people", word: "nav.matching" } },
    { path: "/approvals", page: <ApprovalsPage />, rail: { icon: "shield", word: "nav.approvals" } },
    { path: "/reviews", page: <ReviewsPage />, rail: { icon: "search", word: "nav.reviews" } },
    { path: "/archive", page: <ArchivePage />, rail: { icon: "stack", word: "nav.archive" } },
    accountPage(me),
  ],
});
