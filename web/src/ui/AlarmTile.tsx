import type { ReactElement } from "react";
import { useText, type TextKey } from "../lib/i18n";
import { Shape, type State } from "./Shape";

export type Alarm = "high" | "medium" | "acknowledged" | "low" | "tech" | "stale" | "ok";

const LOOK: Record<Alarm, { shape: State; word: TextKey }> = {
  high: { shape: "high", word: "alarm.high" },
  medium: { shape: "medium", word: "alarm.medium" },
  acknowledged: { shape: "medium", word: "alarm.acknowledged" },
  low: { shape: "low", word: "alarm.low" },
  tech: { shape: "tech", word: "alarm.tech" },
  stale: { shape: "stale", word: "alarm.stale" },
  ok: { shape: "ok", word: "alarm.ok" },
};

interface Props {
  alarm: Alarm;
  bed: string;
  /** null means no value: shown as a dash, never as zero. */
  value: number | null;
  unit: string;
  why: string;
  next: string;
}

/** One bed on the wall. Normal is grey; a value outside its limits is filled. Only shape and edge may flash. */
export function AlarmTile({ alarm, bed, value, unit, why, next }: Props): ReactElement {
  const { t } = useText();
  const { shape, word } = LOOK[alarm];
  return (
    <article className={`tile ${alarm} ${alarm === "stale" ? "hatch" : ""} num`}>
      <header>
        <Shape state={shape} size={20} />
        {t(word)}
        <em>{bed}</em>
      </header>
      <div className="v">
        <b>{value ?? "—"}</b>
        <small>{unit}</small>
      </div>
      <p className="why">{why}</p>
      <p className="next">{next}</p>
    </article>
  );
}
