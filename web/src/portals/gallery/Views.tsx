import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Problem } from "../../lib/problem";
import { Button } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { Stat } from "../../ui/Stat";
import { Empty, Failed, Loading, OfflineBanner, Refused, Stale } from "../../ui/views";

const nothing = (): void => undefined;

/** The states of one view, side by side. */
export function Views(): ReactElement {
  const { t } = useText();
  return (
    <>
      <div className="views">
        <div className="card"><Loading what={t("gallery.loading")} usual={t("gallery.usual")} /></div>
        <div className="card">
          <Empty icon="calendar" title={t("desk.today.empty")} action={<Button>{t("presence.here")}</Button>} />
        </div>
        <div className="card">
          <Stale ageS={42}><Stat value={97} unit="%" name={t("gallery.spo2")} /></Stale>
        </div>
        <div className="card">
          <Failed title={t("gallery.failed")} error={new Problem({ status: 503, code: "source.silent" })} onRetry={nothing} />
        </div>
        <div className="card">
          <Refused title={t("gallery.refused")} error={new Problem({ status: 403, code: "access.denied" })} />
        </div>
        <div className="card">
          <Progress
            title={t("gallery.progress")} share={0.62} left={t("gallery.left")}
            steps={[
              { word: t("gallery.record"), value: t("gallery.attached"), done: true },
              { word: "CT", value: "30 / 48 MB", done: false },
            ]}
          />
        </div>
      </div>
      <OfflineBanner seconds={252} waiting={t("gallery.waiting")} />
    </>
  );
}
