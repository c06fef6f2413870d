/** Inside the room: what fills the stage, the faces, what one says and shows oneself, and what stands beside it. */
import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { number } from "../../lib/format";
import { useText, type TextKey } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { LockTag } from "../../parts/media/seal/LockTag";
import { Button } from "../../ui/Button";
import { Icon, type IconName } from "../../ui/Icon";
import { Tabs } from "../../ui/Tabs";
import { Empty, Trouble } from "../../ui/views";
import { Face } from "./Face";
import { People } from "./People";
import type { Present } from "./api";
import type { RoomCall } from "./useRoomCall";

/** What fills the stage: images, a whiteboard. `word`: what it is called (i18n). */
export interface Surface {
  key: string;
  icon: IconName;
  word: TextKey;
  show(id: string): ReactNode;
}

/** What stands beside the stage: the record, the opinion, files. */
export interface Panel {
  key: string;
  word: TextKey;
  show(id: string): ReactNode;
}

interface Props {
  id: string;
  call: RoomCall;
  stream: MediaStream | undefined;
  surfaces: Surface[];
  panels: Panel[];
}

export function Inside({ id, call, stream, surfaces, panels }: Props): ReactElement {
  const { t } = useText();
  const me = useMe().data;
  const [chosen, setChosen] = useState("");
  const surface = surfaces.find(({ key }) => key === chosen);
  // Of a patient the directory knows no name: they are who the case is about
  const nameOf = (person: Present["person"]): string => person.name || t("room.role.patient");
  const waiting = call.room?.members.filter(({ standing }) => standing === "waiting").length ?? 0;
  return (
    <div className="cols meeting">
      <section className="stage" aria-label={t("room.faces")}>
        <Safety call={call} />
        <Layouts surfaces={surfaces} chosen={surface?.key ?? ""} onChoose={setChosen} />
        {surface?.show(id)}
        <Faces call={call} nameOf={nameOf} small={surface !== undefined} />
        <Trouble error={call.media.trouble} />
        <Controls call={call} stream={stream} />
      </section>
      <Tabs
        label={t("room.beside")}
        tabs={[
          { key: "people", title: t("room.panel.people"), count: waiting, show: () => call.room && me && <People id={id} room={call.room} me={me.id} nameOf={nameOf} /> },
          ...panels.map(({ key, word, show }) => ({ key, title: t(word), show: () => show(id) })),
        ]}
      />
    </div>
  );
}

function Safety({ call }: { call: RoomCall }): ReactElement {
  const { t, lang } = useText();
  const { rtt_ms, lost } = call.measured;
  return (
    <div className="safety meta num">
      <LockTag lock={call.media.lock} code={call.media.code} isSlow={call.media.isSlow} />
      {rtt_ms !== undefined && <span>{t("room.link", { rtt: number(rtt_ms, lang), lost: number((lost ?? 0) * 100, lang, 1) })}</span>}
    </div>
  );
}

/** What fills the stage, by what one does: talk, read images. */
function Layouts({ surfaces, chosen, onChoose }: { surfaces: Surface[]; chosen: string; onChoose(key: string): void }): ReactElement {
  const { t } = useText();
  const all: Omit<Surface, "show">[] = [{ key: "", icon: "people", word: "room.surface.faces" }, ...surfaces];
  return (
    <div className="row" role="group" aria-label={t("room.surface")}>
      {all.map(({ key, icon, word }) => (
        <button key={key} type="button" className={key === chosen ? "btn chosen" : "btn"} aria-pressed={key === chosen} onClick={() => onChoose(key)}>
          <Icon name={icon} /> {t(word)}
        </button>
      ))}
    </div>
  );
}

interface FacesProps {
  call: RoomCall;
  nameOf(person: Present["person"]): string;
  /** Under what fills the stage. */
  small: boolean;
}

function Faces({ call, nameOf, small }: FacesProps): ReactElement {
  const { t } = useText();
  const me = useMe().data;
  const members = call.room?.members ?? [];
  const named = (person: string): string => {
    const found = members.find((one) => one.person.id === person);
    return found ? nameOf(found.person) : "…";
  };
  const silentOnes = members.filter(({ standing, person }) => standing !== "waiting" && person.id !== me?.id && !call.media.feeds.some((feed) => feed.person === person.id));
  return (
    <div className={small ? "faces strip" : "faces"}>
      {call.media.feeds.map((feed) => (
        <Face key={`${feed.person}/${feed.label}`} name={named(feed.person)} stream={feed.stream} shows={feed.shows} />
      ))}
      {silentOnes.map(({ person, standing }) => (
        <Face key={person.id} name={nameOf(person)} stream={undefined} shows={false} note={t(standing === "lost" ? "room.lost" : "room.nothing_yet")} />
      ))}
      {call.media.feeds.length + silentOnes.length === 0 && <Empty icon="people" title={t("room.alone")} />}
    </div>
  );
}

function Controls({ call, stream }: { call: RoomCall; stream: MediaStream | undefined }): ReactElement {
  const { t } = useText();
  const me = useMe().data;
  const [silent, setSilent] = useState(false);
  const [hidden, setHidden] = useState(false);
  useEffect(() => stream?.getAudioTracks().forEach((track) => (track.enabled = !silent)), [stream, silent]);
  useEffect(() => stream?.getVideoTracks().forEach((track) => (track.enabled = !hidden)), [stream, hidden]);
  return (
    <div className="controls" role="toolbar" aria-label={t("room.controls")}>
      <Face own name={me?.name ?? ""} note={t("room.me")} stream={stream} shows={(stream?.getVideoTracks().length ?? 0) > 0 && !hidden} muted={silent} />
      <Button icon={silent ? "micOff" : "mic"} aria-pressed={silent} onClick={() => setSilent(!silent)}>{t(silent ? "room.speak" : "room.mute")}</Button>
      <Button icon="video" aria-pressed={hidden} onClick={() => setHidden(!hidden)}>{t(hidden ? "room.show" : "room.hide")}</Button>
      <Button kind="danger" icon="out" onClick={call.end}>{t("room.leave")}</Button>
    </div>
  );
}
