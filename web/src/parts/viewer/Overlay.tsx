/** What stands on a picture: when it was taken, of what series, in which window; and its measures as words. */
import type { ReactElement } from "react";
import { clock, date } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { lines, type Mark } from "./marks";
import type { Series, Slice, Values, Window } from "./model";

interface Props {
  series: Series;
  slice: Slice | undefined;
  window: Window;
  own: Values | undefined;
  /** A word before the time: which study this is. */
  before?: string;
  marked: Mark[];
}

export function Overlay({ series, slice, window, own, before, marked }: Props): ReactElement {
  const { t, lang } = useText();
  const taken = slice?.taken ?? series.taken;
  const [centre, width] = window.values ?? own ?? [];
  const said = marked.flatMap(({ kind, measured }) =>
    kind === "key"
      ? [t("viewer.key.is")]
      : lines(measured).map(([word, value, unit]) => `${t(`viewer.tool.${kind}`)} ${t(`viewer.measured.${word as "mean"}`, { value, unit })}`));
  return (
    <>
      <span className="at top-left num">
        {[before, taken ? [date(taken.at), taken.timed && clock(taken.at, lang)].filter(Boolean).join(" ") : t("viewer.undated")].filter(Boolean).join(" ")}
      </span>
      <span className="at top-right">{[series.modality, series.words].filter(Boolean).join(" ")}</span>
      <span className="at bottom-left num">{centre === undefined ? t("viewer.window.own") : `W ${width}  L ${centre}`}</span>
      {slice?.thicknessMm !== undefined && <span className="at bottom-right num">{t("viewer.thickness", { value: slice.thicknessMm })}</span>}
      {marked.some(({ kind }) => kind === "key") && <span className="at key" aria-hidden="true">★</span>}
      <p className="sr" role="status">{said.join(", ")}</p>
    </>
  );
}
