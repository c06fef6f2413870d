import { MeetingHead, MeetingSide } from "../features/consultation/Meeting";
import { RoomPage } from "../features/room/RoomPage";
import type { PageEntry } from "./portal";

/** The live room is its own feature; whose case it is comes from the consultation. */
export const meetingPage: PageEntry = {
  path: "/cases/:id/room",
  page: <RoomPage back={(id) => `/cases/${id}`} head={(id) => <MeetingHead id={id} />} side={(id) => <MeetingSide id={id} />} />,
};
