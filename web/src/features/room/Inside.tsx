/** Inside the room: the stage, and what stands beside it. */
import type { ReactElement, ReactNode } from "react";
import { useText, type TextKey } from "../../lib/i18n";
import { useSelf } from "../../lib/self";
import { Tabs } from "../../ui/Tabs";
import { mayRecord, type Present } from "./api";
import { People } from "./People";
import { Recording } from "./Recording";
import { Scene, type Surface } from "./Scene";
import type { Devices } from "./useDevices";
import type { RoomCall } from "./useRoomCall";
import { useWords } from "./words";
import { WordsPanel } from "./WordsPanel";

/** What stands beside the stage: the record, the opinion, files. */
export interface Panel {
  key: string;
  word: TextKey;
  /** What stands beside its name while it is not looked at. */
  mark?(id: string): ReactNode;
  show(id: string): ReactNode;
}

interface Props {
  id: string;
  call: RoomCall;
  devices: Devices;
  surfaces: Surface[];
  panels: Panel[];
}

export function Inside({ id, call, devices, surfaces, panels }: Props): ReactElement {
  const { t } = useText();
  const me = useSelf();
  // Of a patient the directory knows no name: they are who the case is about
  const nameOf = (person: Present["person"]): string => person.name || t("room.role.patient");
  const words = useWords(id, me?.id ?? "", call.ticket);
  const waiting = call.room?.members.filter(({ standing }) => standing === "waiting").length ?? 0;
  return (
    <div className="meeting">
      <Scene id={id} call={call} devices={devices} surfaces={surfaces} nameOf={nameOf} />
      <Tabs
        label={t("room.beside")}
        tabs={[
          { key: "people", title: t("room.panel.people"), count: waiting, show: () => call.room && me && <People id={id} room={call.room} me={me.id} link={call.media.link} nameOf={nameOf} /> },
          { key: "words", title: t("room.panel.words"), count: words.unseen, show: () => me && <WordsPanel words={words} me={me.id} nameOf={nameOf} /> },
          ...(call.room && (call.room.recording || mayRecord(call.room)) ? [{ key: "recording", title: t("room.panel.recording"), show: () => call.room && <Recording id={id} room={call.room} ticket={call.ticket} /> }] : []),
          ...panels.map(({ key, word, mark, show }) => ({ key, title: t(word), mark: mark?.(id), show: () => show(id) })),
        ]}
      />
    </div>
  );
}
