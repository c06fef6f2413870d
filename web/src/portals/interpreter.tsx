import { AskedPage } from "../features/room/AskedPage";
import { RoomPage } from "../features/room/RoomPage";
import { accountPage } from "./account";
import type { MakePortal } from "./portal";

/** Interpreters see the rooms that they were asked into, and in them whoever speaks. */
export const interpreter: MakePortal = (me) => ({
  terminal: "phone",
  home: "/asked",
  pages: [
    { path: "/asked", page: <AskedPage />, rail: { icon: "video", word: "nav.asked" } },
    { path: "/asked/:id", page: <RoomPage back={{ to: () => "/asked", word: "act.back" }} head={() => null} surfaces={[]} panels={[]} /> },
    accountPage(me),
  ],
});
