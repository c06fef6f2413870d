/** The stage: what fills it, the faces in or under it, and what one says and shows oneself. */
import { useRef, useState, type ReactElement, type ReactNode } from "react";
import { useText, type TextKey } from "../../lib/i18n";
import { useSelf } from "../../lib/self";
import { Button } from "../../ui/Button";
import { Icon, type IconName } from "../../ui/Icon";
import { Empty, Trouble } from "../../ui/views";
import { keyOf } from "../../parts/media/call";
import { SCREEN } from "../../parts/media/sources";
import { isInside, type Present, type Room } from "./api";
import { Controls } from "./Controls";
import { Face } from "./Face";
import { Head } from "./Head";
import { columns, stand, type Seen } from "./layout";
import { useAlone } from "./useAlone";
import type { Devices } from "./useDevices";
import type { RoomCall } from "./useRoomCall";

/** What fills the stage: images, a whiteboard. `word`: what it is called (i18n); `go`: to another one. */
export interface Surface {
  key: string;
  icon: IconName;
  word: TextKey;
  show(id: string, go: (key: string) => void): ReactNode;
}

/** The layouts that are of faces alone. */
const FACES: Omit<Surface, "show">[] = [
  { key: "", icon: "people", word: "room.surface.faces" },
  { key: "field", icon: "zoom", word: "room.surface.field" },
];

/** Where images and a board need the whole window to be of use (as in room.css). */
const PHONE = "(max-width: 720px)";

interface Props {
  id: string;
  call: RoomCall;
  devices: Devices;
  surfaces: Surface[];
  nameOf(person: Present["person"]): string;
}

export function Scene({ id, call, devices, surfaces, nameOf }: Props): ReactElement {
  const { t } = useText();
  const me = useSelf();
  const [task, setTask] = useState("");
  const [pinned, setPinned] = useState("");
  const [isWhole, setWhole] = useState(false); // it has the whole window
  const scene = useRef<HTMLElement>(null);
  useAlone(scene, isWhole);
  const surface = surfaces.find(({ key }) => key === task);
  const choose = (key: string): void => {
    setTask(key);
    if (matchMedia(PHONE).matches) setWhole(surfaces.some((one) => one.key === key));
  };
  const tiles = tilesOf(call, me?.id, nameOf);
  const stood = stand(tiles, { filled: surface !== undefined, field: task === "field", spotlit: call.room?.spotlit ?? "", pinned });
  const principal = stood.large ?? (stood.alike.length === 1 ? stood.alike[0] : undefined); // who is alone stands large too
  const draw = (tile: Tile): ReactElement => (
    <Face
      key={tile.key} name={tile.name} stream={tile.stream} shows={tile.shows && !tile.isHidden} muted={tile.isMuted} hand={tile.hand} whole={tile.label !== ""} isScreen={tile.label === SCREEN}
      note={tile.note && t(tile.note)} onPlace={(place) => call.media.link.place(tile.key, place && { ...place, isLarge: tile === principal })}
      isPinned={tile.key === pinned} onPin={() => setPinned(tile.key === pinned ? "" : tile.key)}
    />
  );
  return (
    <section ref={scene} className={isWhole ? "scene whole" : "scene"} data-theme="dark" aria-label={t("room.faces")}>
      <Head call={call} />
      <Layouts layouts={[...FACES, ...surfaces]} chosen={surface?.key ?? task} onChoose={choose}>
        <Button kind="quiet" icon={isWhole ? "shrink" : "expand"} aria-label={t(isWhole ? "room.whole.end" : "room.whole")} title={t(isWhole ? "room.whole.end" : "room.whole")} onClick={() => setWhole(!isWhole)} />
      </Layouts>
      {surface && <div className="scene-fill">{surface.show(id, choose)}</div>}
      {stood.large && <div className="scene-large">{draw(stood.large)}</div>}
      {!surface && !stood.large && (
        <div className="faces" data-wide={columns(stood.alike.length, false)} data-narrow={columns(stood.alike.length, true)}>
          {stood.alike.map(draw)}
          {tiles.length === 0 && <Empty icon="people" title={t("room.alone")} />}
        </div>
      )}
      {call.withoutServer && <p className="meta" role="note">{t("room.without_server")}</p>}
      <Trouble error={call.media.trouble} />
      <Controls call={call} devices={devices} strip={stood.strip.map(draw)} />
    </section>
  );
}

interface Tile extends Seen {
  name: string;
  stream: MediaStream | undefined;
  note?: TextKey;
  isMuted: boolean;
  isHidden: boolean;
  hand: boolean;
}

/** Everything that others send, and who sends nothing. */
function tilesOf(call: RoomCall, me: string | undefined, nameOf: Props["nameOf"]): Tile[] {
  const others = (call.room?.members ?? []).filter((one) => isInside(one) && one.person.id !== me);
  return [
    ...call.media.feeds.map((feed) => ({ ...feed, key: keyOf(feed.person, feed.label), ...(feed.label ? { note: `room.shows.${feed.label}` as TextKey } : {}), name: named(others, feed.person, nameOf), ...shownBy(others, feed) })),
    ...others.filter(({ person }) => !call.media.feeds.some((feed) => feed.person === person.id)).map(({ person, standing }) => ({
      key: keyOf(person.id, ""), person: person.id, label: "", shows: false, stream: undefined, name: nameOf(person), ...NO_SIGNS,
      note: standing === "lost" ? "room.lost" as const : "room.nothing_yet" as const,
    })),
  ];
}

const NO_SIGNS = { isMuted: false, isHidden: false, hand: false };

/** Of a screen nothing is told: it is muted by nobody. */
function shownBy(others: Room["members"], { person, label }: Pick<Seen, "person" | "label">): typeof NO_SIGNS {
  const signs = label === "" ? others.find((one) => one.person.id === person)?.signs : undefined;
  return signs ? { isMuted: Boolean(signs.is_muted), isHidden: Boolean(signs.is_hidden), hand: Boolean(signs.hand) } : NO_SIGNS;
}

/** Who is on their way out of the list, and still sends, has no name any more. */
function named(others: Room["members"], person: string, nameOf: Props["nameOf"]): string {
  const found = others.find((one) => one.person.id === person);
  return found ? nameOf(found.person) : "…";
}

interface LayoutsProps {
  layouts: Omit<Surface, "show">[];
  chosen: string;
  onChoose(key: string): void;
  children: ReactNode;
}

/** What fills the stage, by what one does: talk, look at the field, read images; `children`: at its end. */
function Layouts({ layouts, chosen, onChoose, children }: LayoutsProps): ReactElement {
  const { t } = useText();
  return (
    <div className="row scene-tasks" role="group" aria-label={t("room.surface")}>
      {layouts.map(({ key, icon, word }) => (
        <button key={key} type="button" className={key === chosen ? "btn chosen" : "btn"} aria-pressed={key === chosen} onClick={() => onChoose(key)}>
          <Icon name={icon} /> {t(word)}
        </button>
      ))}
      {children}
    </div>
  );
}
