/** Under the stage: oneself and the others small, and the round buttons of what one says and shows. */
import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { useText, type TextKey } from "../../lib/i18n";
import { useSelf } from "../../lib/self";
import { Button } from "../../ui/Button";
import type { IconName } from "../../ui/Icon";
import { Face } from "./Face";
import type { RoomCall } from "./useRoomCall";

interface Props {
  call: RoomCall;
  stream: MediaStream | undefined;
  /** The faces that stand small under the stage. */
  strip: ReactNode;
}

export function Controls({ call, stream, strip }: Props): ReactElement {
  const { t } = useText();
  const me = useSelf();
  const [silent, setSilent] = useState(false);
  const [hidden, setHidden] = useState(false);
  useEffect(() => stream?.getAudioTracks().forEach((track) => (track.enabled = !silent)), [stream, silent]);
  useEffect(() => stream?.getVideoTracks().forEach((track) => (track.enabled = !hidden)), [stream, hidden]);
  return (
    <div className="scene-foot">
      <div className="strip-of-faces">
        <Face own name={me?.name ?? ""} note={t("room.me")} stream={stream} shows={(stream?.getVideoTracks().length ?? 0) > 0 && !hidden} muted={silent} />
        {strip}
      </div>
      <div className="controls" role="toolbar" aria-label={t("room.controls")}>
        <Round icon={silent ? "micOff" : "mic"} word={silent ? "room.speak" : "room.mute"} isOn={silent} onClick={() => setSilent(!silent)} />
        <Round icon={hidden ? "videoOff" : "video"} word={hidden ? "room.show" : "room.hide"} isOn={hidden} onClick={() => setHidden(!hidden)} />
        <Button kind="danger" icon="hangUp" aria-label={t("room.leave")} title={t("room.leave")} onClick={call.end} />
      </div>
    </div>
  );
}

interface RoundProps {
  icon: IconName;
  word: TextKey;
  /** Its word says what it does next; that it is pressed shows as a colour. */
  isOn: boolean;
  onClick(): void;
}

function Round({ icon, word, isOn, onClick }: RoundProps): ReactElement {
  const { t } = useText();
  return <Button icon={icon} className={isOn ? "chosen" : ""} aria-label={t(word)} title={t(word)} onClick={onClick} />;
}
