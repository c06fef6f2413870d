import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { AlarmTile } from "../../ui/AlarmTile";

/** Alarm tiles as on the wall, which is dark on both themes. */
export function Alarms(): ReactElement {
  const { t } = useText();
  const bed = (number: string): string => t("gallery.bed", { number });
  const hr = t("gallery.hr");
  return (
    <div className="wall tiles" data-theme="dark">
      <AlarmTile alarm="high" bed={bed("07")} value={168} unit={hr} why={t("gallery.above", { limit: 140, time: "00:38" })} next={t("gallery.called")} />
      <AlarmTile alarm="medium" bed={bed("19")} value={28} unit={t("gallery.rr")} why={t("gallery.above", { limit: 25, time: "01:52" })} next={t("gallery.seen")} />
      <AlarmTile alarm="acknowledged" bed={bed("03")} value={118} unit={hr} why={t("gallery.above", { limit: 110, time: "02:10" })} next={t("gallery.handled")} />
      <AlarmTile alarm="low" bed={bed("30")} value={158} unit={t("gallery.bp")} why={t("gallery.above", { limit: 150, time: "21:00" })} next={t("gallery.measure")} />
      <AlarmTile alarm="tech" bed={bed("11")} value={null} unit={hr} why={t("gallery.lead")} next={t("gallery.station")} />
      <AlarmTile alarm="stale" bed={bed("26")} value={null} unit={t("gallery.spo2")} why={t("gallery.nodata")} next={t("gallery.last")} />
      <AlarmTile alarm="ok" bed={bed("02")} value={69} unit={hr} why={t("gallery.range")} next={t("gallery.age")} />
    </div>
  );
}
