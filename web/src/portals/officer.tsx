import { AdministrationPage } from "../features/administration/AdministrationPage";
import { CodesPage } from "../features/exchange/CodesPage";
import { InterfacesPage } from "../features/exchange/InterfacesPage";
import { MessagePage } from "../features/exchange/MessagePage";
import { PeerPage } from "../features/exchange/PeerPage";
import { QueuePage } from "../features/exchange/QueuePage";
import { ReviewsPage } from "../features/reviews/ReviewsPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

export const officer: MakePortal = (me) => ({
  terminal: "desktop",
  home: "/administration",
  pages: [
    { path: "/administration", page: <AdministrationPage />, rail: { icon: "building", word: "nav.administration" } },
    { path: "/interfaces", page: <InterfacesPage />, rail: { icon: "plug", word: "nav.exchange" } },
    { path: "/interfaces/queue", page: <QueuePage /> },
    { path: "/interfaces/codes", page: <CodesPage /> },
    { path: "/interfaces/peers/:id", page: <PeerPage /> },
    { path: "/interfaces/messages/:id", page: <MessagePage /> },
    { path: "/reviews", page: <ReviewsPage />, rail: { icon: "search", word: "nav.reviews" } },
    accountPage(me),
  ],
});
