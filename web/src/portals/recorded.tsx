/** What was recorded of a room, with the images and the whiteboard that stood beside it. */
import { LookedAt } from "../features/consultation/LookedAt";
import { MeetingHead } from "../features/consultation/Meeting";
import { BoardThen } from "../features/consultation/boards/BoardThen";
import type { Drawn } from "../features/consultation/boards/replay";
import type { Moment, Shown } from "../features/recording/Beside";
import { RecordingsPage } from "../features/recording/RecordingsPage";
import type { View } from "../parts/viewer/together";
import type { PageEntry } from "./portal";

type Led = Moment & { view: View | null };

export const beside: Shown[] = [
  {
    key: "images", word: "recordings.images",
    show: (all, at, nameOf) => <LookedAt view={(all as Led[])[at]?.view ?? null} leader={nameOf(all[at]?.person ?? "")} />,
  },
  { key: "board", word: "recordings.board", show: (all, at) => <BoardThen all={all as (Moment & Drawn)[]} count={at + 1} /> },
];

/** For the doctors of a case. */
export const recordingsPage: PageEntry = {
  path: "/cases/:id/recordings",
  page: <RecordingsPage head={(id) => <MeetingHead id={id} />} beside={beside} />,
};
