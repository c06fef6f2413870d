import { OwnConsultations } from "../features/consultation/OwnConsultation";
import { PatientPage } from "../features/patients/PatientPage";
import { GlassNotice } from "../features/reviews/GlassNotice";
import { RoomPage } from "../features/room/RoomPage";
import { accountPage } from "./account";
import { filePages } from "./file";
import type { MakePortal } from "./portal";

/** A patient's login is the Patient: their own file, and who looked at it. */
export const patient: MakePortal = (me) => ({
  terminal: "phone",
  home: "/file",
  pages: [
    { path: "/file", page: <><OwnConsultations room={(id) => `/room/${id}`} /><GlassNotice /><PatientPage mine={me.id} /></>, rail: { icon: "file", word: "nav.file" } },
    ...filePages("/file", me.id),
    { path: "/room/:id", page: <RoomPage back={{ to: () => "/file", word: "act.back" }} head={() => null} surfaces={[]} panels={[]} /> },
    accountPage(me),
  ],
});
