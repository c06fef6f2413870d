/** The live room of a case: the devices first, then the door, then face to face. */
import type { ReactElement, ReactNode } from "react";
import { Link, useParams } from "react-router";
import { useText, type TextKey } from "../../lib/i18n";
import { useSelf } from "../../lib/self";
import { useTitle } from "../../lib/title";
import { isSupported } from "../../parts/media/seal";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, Trouble } from "../../ui/views";
import { Face } from "./Face";
import { Inside, type Panel } from "./Inside";
import type { Surface } from "./Scene";
import { useDevices, type Devices } from "./useDevices";
import { useFailures } from "./useFailures";
import { useRoomCall, type RoomCall } from "./useRoomCall";
import "./room.css";

interface Props {
  /** Where one came from, and what that is called; a guest has nothing to go back to. */
  back?: { to(id: string): string; word: TextKey };
  /** Whose case it is, on top. */
  head(id: string): ReactNode;
  /** What may fill the stage instead of the faces, which stand small under it then. */
  surfaces: Surface[];
  /** What stands beside it, after who is in. */
  panels: Panel[];
}

export function RoomPage(props: Props): ReactElement {
  const { id = "" } = useParams();
  return <RoomOf id={id} {...props} />;
}

export function RoomOf({ id, back, head, surfaces, panels }: Props & { id: string }): ReactElement {
  const { t } = useText();
  useTitle(t("room.title"));
  const devices = useDevices();
  const call = useRoomCall(id, devices.stream);
  useFailures(id, call, devices);
  return (
    <div className="room">
      {head(id)}
      {call.phase === "check" && <DeviceCheck call={call} devices={devices} />}
      {call.phase === "waiting" && <Waiting call={call} />}
      {call.phase === "in" && <Inside id={id} call={call} devices={devices} surfaces={surfaces} panels={panels} />}
      {call.phase === "over" && (
        <Card title={t("room.over")}>
          <Empty
            icon="video" title={t(`room.over.${call.over ?? "left"}`)}
            action={back && <Link className="btn primary" to={back.to(id)}>{t(back.word)}</Link>}
          />
        </Card>
      )}
    </div>
  );
}

/** What others will see and hear of one, before they do. */
function DeviceCheck({ call, devices }: { call: RoomCall; devices: Devices }): ReactElement {
  const { t } = useText();
  const me = useSelf();
  const { stream } = devices;
  if (!stream) return <Card title={t("room.check")}><Loading what={t("room.check.asking")} lines={2} /></Card>;
  return (
    <Card title={t("room.check")}>
      <div className="check">
        <Face own name={me?.name ?? ""} stream={stream} shows={devices.camera === "none"} muted={devices.microphone !== "none"} />
        <div className="stack">
          <Device word="camera" devices={devices} />
          <Device word="microphone" devices={devices} />
          <p className="meta">{t("room.sealed")}</p>
          <div className="row">
            <Button kind="primary" large icon="video" whyNot={isSupported() ? undefined : t("lock.not-supported")} {...(call.joining ? { busy: true } : {})} onClick={call.enter}>{t("room.enter")}</Button>
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
