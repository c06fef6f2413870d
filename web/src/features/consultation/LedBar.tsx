/** Who leads through the pictures, and whether one follows. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Trouble } from "../../ui/views";
import type { Led } from "./led";

export function LedBar({ led }: { led: Led }): ReactElement | null {
  const { leader, mayLead, together } = led;
  if (!together || (!leader && !mayLead)) return null;
  return (
    <div className="ledbar">
      {leader ? <Leader led={led} leader={leader} /> : <Take led={led} word="led.take" />}
      <Trouble error={led.error} />
    </div>
  );
}

function Leader({ led, leader }: { led: Led; leader: NonNullable<Led["leader"]> }): ReactElement {
  const { t } = useText();
  if (led.mine === "here") return <Mine led={led} />;
  if (led.mine === "elsewhere") return <p className="pill"><span role="status">{t("led.elsewhere")}</span> <Take led={led} word="led.take_here" /></p>;
  return (
    <p className="pill">
      <span role="status"><i className="dot" aria-hidden="true" /> {t(led.following ? "led.following" : "led.leads", { name: leader.name || "…" })}</span>
      <Button kind="quiet" onClick={() => led.follow(!led.following)}>{t(led.following ? "led.free" : "led.follow")}</Button>
      {led.gone && led.mayLead && <Take led={led} word="led.take_over" />}
    </p>
  );
}

function Mine({ led }: { led: Led }): ReactElement {
  const { t } = useText();
  return (
    <p className="pill">
      <span role="status"><i className="dot" aria-hidden="true" /> {t("led.mine")}</span>
      {led.others.length > 0 && (
        <select className="btn" aria-label={t("led.hand_over")} value="" onChange={(event) => led.handOver(event.target.value)}>
          <option value="">{t("led.hand_over")}</option>
          {led.others.map(({ id, name }) => <option key={id} value={id}>{name || id}</option>)}
        </select>
      )}
      <Button kind="quiet" onClick={led.layDown}>{t("led.lay_down")}</Button>
    </p>
  );
}

function Take({ led, word }: { led: Led; word: "led.take" | "led.take_here" | "led.take_over" }): ReactElement {
  const { t } = useText();
  return <Button kind="quiet" icon="stack" onClick={led.lead}>{t(word)}</Button>;
}
