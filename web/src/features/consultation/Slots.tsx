import type { ReactElement } from "react";
import { clock, day } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import type { Slot } from "./model";

/** As many as a hand can choose from. */
const SHOWN = 8;

export function Slots({ slots, busy, onPick, onBack }: { slots: Slot[]; busy: boolean; onPick(id: string): void; onBack(): void }): ReactElement {
  const { t, lang } = useText();
  return (
    <div className="stack">
      <div className="slots" role="group" aria-label={t("request.booked")}>
        {slots.slice(0, SHOWN).map(({ id, start }) => (
          <button key={id} type="button" className="btn slot" aria-busy={busy || undefined} onClick={() => !busy && onPick(id)}>
            <span>{day(new Date(start), lang)}</span>
            <b className="num">{clock(new Date(start), lang)}</b>
          </button>
        ))}
      </div>
      <Button kind="quiet" icon="left" onClick={onBack}>{t("act.back")}</Button>
    </div>
  );
}
