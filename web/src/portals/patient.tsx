import { OwnConsultations, OwnRecordings, OwnRecordingsHead } from "../features/consultation/OwnConsultation";
import { PatientPage } from "../features/patients/PatientPage";
import { GlassNotice } from "../features/reviews/GlassNotice";
import { RecordingsPage } from "../features/recording/RecordingsPage";
import { RoomPage } from "../features/room/RoomPage";
import { accountPage } from "./account";
import { beside } from "./recorded";
import { filePages } from "./file";
import type { MakePortal } from "./portal";

/** A patient's login is the Patient: their own file, and who looked at it. */
export const patient: MakePortal = (me) => ({
  terminal: "phone",
  home: "/file",
  pages: [
    { path: "/file", page: <><OwnConsultations room={(id) => `/room/${id}`} /><OwnRecordings to={(id) => `/room/${id}/recordings`} /><GlassNotice /><PatientPage mine={me.id} /></>, rail: { icon: "file", word: "nav.file" } },
    ...filePages("/file", me.id),
    { path: "/room/:id", page: <RoomPage back={{ to: () => "/file", word: "act.back" }} head={() => null} surfaces={[]} panels={[]} /> },
    { path: "/room/:id/recordings", page: <RecordingsPage head={() => <OwnRecordingsHead back="/file" />} beside={beside} /> },
    accountPage(me),
  ],
});
