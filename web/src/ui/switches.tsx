/** The three switches of the header: language, theme, presence; and the clock with its zone. */
import type { ReactElement } from "react";
import { clock, day, zoneName, zoneOffset } from "../lib/format";
import { setLang, useText, type TextKey } from "../lib/i18n";
import { useNow } from "../lib/now";
import { Button } from "./Button";
import { useLook } from "./theme";

export function LangSwitch(): ReactElement {
  const { t, lang } = useText();
  const other = lang === "zh" ? "en" : "zh";
  return (
    <button type="button" className="btn quiet" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => void setLang(other)}>
      {t("lang.other")}
    </button>
  );
}

export function ThemeSwitch(): ReactElement {
  const { t } = useText();
  const { scheme, setScheme } = useLook();
  const next = scheme === "light" ? "dark" : "light";
  return (
    <Button
      kind="quiet" icon={next === "dark" ? "moon" : "sun"} aria-label={t(`theme.${next}`)} title={t(`theme.${next}`)}
      onClick={() => setScheme(next)}
    />
  );
}

export type Presence = "here" | "booked-only" | "away";

const PRESENCE: { value: Presence; word: TextKey }[] = [
  { value: "here", word: "presence.here" },
  { value: "booked-only", word: "presence.booked" },
  { value: "away", word: "presence.away" },
];

interface PresenceProps {
  value: Presence | undefined;
  onChange(value: Presence): void;
}

/** Arrow keys move as in any radio group; the chosen state is shape, colour and word. */
export function PresenceSwitch({ value, onChange }: PresenceProps): ReactElement {
  const { t } = useText();
  return (
    <fieldset className="presence">
      <legend className="sr">{t("presence.label")}</legend>
      {PRESENCE.map((one) => (
        <label key={one.value} className={one.value === value ? `on ${one.value}` : ""}>
          <input
            className="sr" type="radio" name="presence" value={one.value} checked={one.value === value}
            onChange={() => onChange(one.value)}
          />
          {one.value === value && <i className="dot" aria-hidden="true" />}
          {t(one.word)}
        </label>
      ))}
    </fieldset>
  );
}

export function HeadClock(): ReactElement {
  const { lang } = useText();
  const now = new Date(useNow(1000));
  return (
    <div className="headclock">
      <p className="day">
        {day(now, lang)} <span className="num">{clock(now, lang)}</span>
      </p>
      <div className="meta">
        <span className="zone">{zoneName(now, lang)} </span>
        {zoneOffset(now)}
      </div>
    </div>
  );
}
