/** Under the stage: oneself and the others small, and the round buttons of what one says and shows. */
import type { ReactElement, ReactNode } from "react";
import { useText, type TextKey } from "../../lib/i18n";
import { useSelf } from "../../lib/self";
import { Button } from "../../ui/Button";
import type { IconName } from "../../ui/Icon";
import { Face } from "./Face";
import type { Devices } from "./useDevices";
import type { RoomCall } from "./useRoomCall";

interface Props {
  call: RoomCall;
  devices: Devices;
  /** The faces that stand small under the stage. */
  strip: ReactNode;
}

export function Controls({ call, devices, strip }: Props): ReactElement {
  const { t } = useText();
  const me = useSelf();
  const { isMuted, isHidden, mute, hide, shows, turn, cameras, choose, lacks } = call.own;
  const { hand, raise, isHushed } = call.signs;
  const gone = (["camera", "microphone"] as const).filter((kind) => devices[kind] === "gone");
  return (
    <>
      <div className="scene-notes" role="status">
        {gone.map((kind) => <p key={kind}>{t(`room.check.${kind}.gone`)}</p>)}
        {isHushed && <p>{t("room.hushed")} <Button kind="quiet" onClick={() => mute(true)}>{t("room.mute")}</Button></p>}
        {shows.second && cameras.length > 1 && (
          <p>
            <label>{t("room.second.which")} <select onChange={({ target }) => choose(target.value)}>{cameras.map(({ deviceId, label }) => <option key={deviceId} value={deviceId}>{label}</option>)}</select></label>
          </p>
        )}
        {lacks && <p>{t(`room.lacks.${lacks}`)}</p>}
      </div>
      <div className="scene-foot">
        <div className="strip-of-faces">
          <Face own name={me?.name ?? ""} note={t("room.me")} stream={devices.stream} shows={devices.camera === "none" && !isHidden} muted={isMuted} />
          {strip}
        </div>
        <div className="controls" role="toolbar" aria-label={t("room.controls")}>
          <Round icon={isMuted ? "micOff" : "mic"} word={isMuted ? "room.speak" : "room.mute"} isOn={isMuted} onClick={() => mute(!isMuted)} />
          <Round icon={isHidden ? "videoOff" : "video"} word={isHidden ? "room.show" : "room.hide"} isOn={isHidden} onClick={() => hide(!isHidden)} />
          <Round icon="hand" word={hand ? "room.hand.lower" : "room.hand"} isOn={hand} onClick={() => raise(!hand)} />
          <Round icon="screen" word={shows.screen ? "room.screen.end" : "room.screen"} isOn={shows.screen} onClick={() => turn("screen")} />
          <Round icon="probe" word={shows.second ? "room.second.end" : "room.second"} isOn={shows.second} onClick={() => turn("second")} />
          <Button kind="danger" icon="hangUp" aria-label={t("room.leave")} title={t("room.leave")} onClick={call.end} />
        </div>
      </div>
    </>
  );
}

interface RoundProps {
  icon: IconName;
  /** What a press does next; that it is on shows as a colour. */
  word: TextKey;
  isOn: boolean;
  onClick(): void;
}

function Round({ icon, word, isOn, onClick }: RoundProps): ReactElement {
  const { t } = useText();
  return <Button icon={icon} className={isOn ? "chosen" : ""} aria-label={t(word)} title={t(word)} onClick={onClick} />;
}
