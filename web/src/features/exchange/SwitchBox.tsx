/** Switching a system off, with a reason, and on again. */
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Trouble } from "../../ui/views";
import { useSwitch } from "./api";
import type { Peer } from "./model";
import { ReasonForm } from "../../ui/ReasonForm";

export function SwitchBox({ peer }: { peer: Peer }): ReactElement {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const change = useSwitch(peer.id);
  return (
    <Card title={t(peer.off ? "exchange.switch.isoff" : "exchange.switch.ison")}>
      <div className="stack">
        <p>{t(peer.off ? "exchange.switch.off.means" : "exchange.switch.on.means")}</p>
        {asking && !peer.off ? (
          <ReasonForm
            label={t("exchange.switch.why")} act={t("exchange.switch.off")} busy={change.isPending} onCancel={() => setAsking(false)}
            onSend={(reason) => change.mutate(reason, { onSuccess: () => setAsking(false) })}
          />
        ) : (
          <div className="row">
            {peer.off ? (
              <Button onClick={() => change.mutate(null)} {...(change.isPending ? { busy: true } : {})}>{t("exchange.switch.on")}</Button>
            ) : (
              <Button onClick={() => setAsking(true)}>{t("exchange.switch.off")}</Button>
            )}
          </div>
        )}
        <Trouble error={change.error} />
      </div>
    </Card>
  );
}
