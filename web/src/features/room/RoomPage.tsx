/** The live room of a case: the devices first, then the door, then face to face. */
import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import { number } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useMe } from "../../lib/me";
import { useTitle } from "../../lib/title";
import { isSupported } from "../../parts/media/seal";
import { LockTag } from "../../parts/media/seal/LockTag";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, Trouble } from "../../ui/views";
import { Face } from "./Face";
import { People } from "./People";
import { useDevices, type Devices } from "./useDevices";
import { useRoomCall, type RoomCall } from "./useRoomCall";
import "./room.css";

interface Props {
  /** Where the case itself is. */
  back(id: string): string;
  /** Whose case it is, on top. */
  head(id: string): ReactNode;
  /** What stands beside the faces. */
  side?(id: string): ReactNode;
}

export function RoomPage({ back, head, side }: Props): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("room.title"));
  const call = useRoomCall(id);
  const devices = useDevices();
  return (
    <div className="room">
      {head(id)}
      {call.phase === "check" && <DeviceCheck call={call} devices={devices} />}
      {call.phase === "waiting" && <Waiting call={call} />}
      {call.phase === "in" && <Inside id={id} call={call} stream={devices.stream} side={side?.(id)} />}
      {call.phase === "over" && (
        <Card title={t("room.over")}>
          <Empty icon="video" title={t(`room.over.${call.over ?? "left"}`)} action={<Link className="btn primary" to={back(id)}>{t("room.back")}</Link>} />
        </Card>
      )}
    </div>
  );
}

/** What others will see and hear of one, before they do. */
function DeviceCheck({ call, devices }: { call: RoomCall; devices: Devices }): ReactElement {
  const { t } = useText();
  const me = useMe();
  const { stream } = devices;
  if (!stream) return <Card title={t("room.check")}><Loading what={t("room.check.asking")} lines={2} /></Card>;
  return (
    <Card title={t("room.check")}>
      <div className="check">
        <Face own name={me.data?.name ?? ""} stream={stream} shows={devices.camera === "none"} muted={devices.microphone !== "none"} />
        <div className="stack">
          <Device word="camera" devices={devices} />
          <Device word="microphone" devices={devices} />
          <p className="meta">{t("room.sealed")}</p>
          <div className="row">
            <Button kind="primary" large icon="video" whyNot={isSupported() ? undefined : t("lock.not-supported")} {...(call.joining ? { busy: true } : {})} onClick={() => call.enter(stream)}>{t("room.enter")}</Button>
            {(devices.camera !== "none" || devices.microphone !== "none") && (
              <Button icon="retry" {...(devices.asking ? { busy: true } : {})} onClick={devices.ask}>{t("room.check.again")}</Button>
            )}
          </div>
          <Trouble error={call.refused} />
        </div>
      </div>
    </Card>
  );
}

function Device({ word, devices }: { word: "camera" | "microphone"; devices: Devices }): ReactElement {
  const { t } = useText();
  const state = devices[word];
  return (
    <p className={state === "none" ? "device" : "device lacks"}>
      <Icon name={word === "camera" ? "video" : state === "none" ? "mic" : "micOff"} />
      {t(`room.check.${word}.${state}`)}
    </p>
  );
}

function Waiting({ call }: { call: RoomCall }): ReactElement {
  const { t } = useText();
  return (
    <Card title={t("room.title")}>
      <Empty icon="people" title={t("room.waits")} action={<Button onClick={call.end}>{t("room.waits.end")}</Button>}>{t("room.waits.note")}</Empty>
    </Card>
  );
}

interface InsideProps {
  id: string;
  call: RoomCall;
  stream: MediaStream | undefined;
  side: ReactNode;
}

function Inside({ id, call, stream, side }: InsideProps): ReactElement {
  const { t, lang } = useText();
  const me = useMe().data;
  const [silent, setSilent] = useState(false);
  const [hidden, setHidden] = useState(false);
  useEffect(() => stream?.getAudioTracks().forEach((track) => (track.enabled = !silent)), [stream, silent]);
  useEffect(() => stream?.getVideoTracks().forEach((track) => (track.enabled = !hidden)), [stream, hidden]);
  const members = call.room?.members ?? [];
  // Of a patient the directory knows no name: they are who the case is about
  const nameOf = (person: { name: string }): string => person.name || t("room.role.patient");
  const named = (person: string): string => {
    const found = members.find((one) => one.person.id === person);
    return found ? nameOf(found.person) : "…";
  };
  const silentOnes = members.filter(({ standing, person }) => standing !== "waiting" && person.id !== me?.id && !call.media.feeds.some((feed) => feed.person === person.id));
  const { rtt_ms, lost } = call.measured;
  return (
    <div className="cols meeting">
      <section className="stage" aria-label={t("room.faces")}>
        <div className="safety meta num">
          <LockTag lock={call.media.lock} code={call.media.code} isSlow={call.media.isSlow} />
          {rtt_ms !== undefined && <span>{t("room.link", { rtt: number(rtt_ms, lang), lost: number((lost ?? 0) * 100, lang, 1) })}</span>}
        </div>
        <div className="faces">
          {call.media.feeds.map((feed) => (
            <Face key={`${feed.person}/${feed.label}`} name={named(feed.person)} stream={feed.stream} shows={feed.shows} />
          ))}
          {silentOnes.map(({ person, standing }) => (
            <Face key={person.id} name={nameOf(person)} stream={undefined} shows={false} note={t(standing === "lost" ? "room.lost" : "room.nothing_yet")} />
          ))}
          {call.media.feeds.length + silentOnes.length === 0 && <Empty icon="people" title={t("room.alone")} />}
        </div>
        <Trouble error={call.media.trouble} />
        <div className="controls" role="toolbar" aria-label={t("room.controls")}>
          <Face own name={me?.name ?? ""} note={t("room.me")} stream={stream} shows={(stream?.getVideoTracks().length ?? 0) > 0 && !hidden} muted={silent} />
          <Button icon={silent ? "micOff" : "mic"} aria-pressed={silent} onClick={() => setSilent(!silent)}>{t(silent ? "room.speak" : "room.mute")}</Button>
          <Button icon="video" aria-pressed={hidden} onClick={() => setHidden(!hidden)}>{t(hidden ? "room.show" : "room.hide")}</Button>
          <Button kind="danger" icon="out" onClick={call.end}>{t("room.leave")}</Button>
        </div>
      </section>
      <div className="stack">
        {call.room && me && <People id={id} room={call.room} me={me.id} nameOf={nameOf} />}
        {side}
      </div>
    </div>
  );
}
