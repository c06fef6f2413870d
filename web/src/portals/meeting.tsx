import { Calls } from "../features/consultation/Calls";
import { MeetingCase, MeetingChat, MeetingHead, MeetingOpinion, MeetingPictures, MeetingUnseen, OfCase } from "../features/consultation/Meeting";
import { Minutes } from "../features/consultation/boards/Minutes";
import { Whiteboard } from "../features/consultation/boards/Whiteboard";
import { Files } from "../features/consultation/files/Files";
import { MeetingRecord } from "../features/patients/MeetingRecord";
import type { Panel } from "../features/room/Inside";
import { RoomPage } from "../features/room/RoomPage";
import type { Surface } from "../features/room/Scene";
import type { PageEntry } from "./portal";

const surfaces: Surface[] = [
  { key: "images", icon: "image", word: "room.surface.images", show: (id, go) => <OfCase id={id}>{(one) => <MeetingPictures one={one} onDraw={() => go("board")} />}</OfCase> },
  { key: "board", icon: "pen", word: "room.surface.board", show: (id) => <Whiteboard id={id} /> },
];

const panels: Panel[] = [
  { key: "chat", word: "room.panel.chat", mark: (id) => <OfCase id={id}>{(one) => <MeetingUnseen one={one} />}</OfCase>, show: (id) => <OfCase id={id}>{(one) => <MeetingChat one={one} />}</OfCase> },
  { key: "calls", word: "room.panel.calls", show: (id) => <Calls id={id} /> },
  { key: "case", word: "room.panel.case", show: (id) => <OfCase id={id}>{(one) => <MeetingCase one={one} />}</OfCase> },
  { key: "record", word: "room.panel.record", show: (id) => <OfCase id={id}>{({ patient }) => <MeetingRecord id={patient.id} />}</OfCase> },
  { key: "minutes", word: "room.panel.minutes", show: (id) => <OfCase id={id}>{(one) => <Minutes one={one} />}</OfCase> },
  { key: "files", word: "room.panel.files", show: (id) => <OfCase id={id}>{(one) => <Files one={one} />}</OfCase> },
  { key: "opinion", word: "room.panel.opinion", show: (id) => <OfCase id={id}>{(one) => <MeetingOpinion one={one} />}</OfCase> },
];

/** The live room is its own feature; whose case it is, its images and its opinion come from the consultation. */
export const meetingPage: PageEntry = {
  path: "/cases/:id/room",
  page: <RoomPage back={{ to: (id) => `/cases/${id}`, word: "room.back" }} head={(id) => <MeetingHead id={id} />} surfaces={surfaces} panels={panels} />,
};
