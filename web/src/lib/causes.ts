/** Reasons that are one of a list are kept as a word of it; all others are somebody's own words. */
import { isText, useText } from "./i18n";

/** Why a consultation did not take place. */
export const UNDONE = ["nobody-came", "expert-absent", "patient-absent", "technical", "condition-changed"] as const;
const ROOM = ["devices-refused", "cannot-seal", "unsealed", "media-server", "link-lost"] as const;
const KNOWN = [...UNDONE, ...ROOM] as const;

/** Why a call was not answered, or somebody broke off or could not take part. */
export function useFailure(): (cause: string) => string {
  const { t } = useText();
  const said = useCause();
  return (cause) => {
    const key = `ring.why.${cause}`;
    return isText(key) ? t(key) : said(cause);
  };
}

export function useCause(): (reason: string) => string {
  const { t } = useText();
  return (reason) => {
    const known = KNOWN.find((one) => one === reason);
    return known ? t(`cause.${known}`) : reason;
  };
}
