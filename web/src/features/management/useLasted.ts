/** How long something took, to a tenth of a minute: 42 s, 2.8 min, 1.5 h. */
import { number } from "../../lib/format";
import { useText } from "../../lib/i18n";

export function useLasted(): (seconds: number) => string {
  const { t, lang } = useText();
  return (seconds) => {
    if (seconds < 60) return t("span.second", { value: number(seconds, lang) });
    if (seconds < 7200) return t("span.minute", { value: number(seconds / 60, lang, 1) });
    return t("span.hour", { value: number(seconds / 3600, lang, 1) });
  };
}
