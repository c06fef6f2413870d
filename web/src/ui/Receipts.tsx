import type { ReactElement } from "react";
import { useText, type TextKey } from "../lib/i18n";
import { Shape } from "./Shape";

export type Receipt = "delivered" | "seen" | "done";
const WORD: Record<Receipt, TextKey> = { delivered: "receipt.delivered", seen: "receipt.seen", done: "receipt.done" };

interface Props {
  /** Seconds after sending at which each step came; what is missing has not come. */
  steps: Partial<Record<Receipt, number>>;
  /** Who is called next and when, while nobody has answered. */
  next?: string;
}

/** What was sent shows delivered, seen, done with their seconds. */
export function Receipts({ steps, next }: Props): ReactElement {
  const { t } = useText();
  return (
    <div className="receipts num">
      {(Object.keys(WORD) as Receipt[]).map((step) => {
        const seconds = steps[step];
        return (
          <span key={step} className={seconds === undefined ? "open" : "got"}>
            <Shape state={seconds === undefined ? "stale" : "ok"} />
            {t(WORD[step])}
            <em>{seconds === undefined ? "—" : t("span.second", { value: seconds })}</em>
          </span>
        );
      })}
      {next && <span className="meta">{next}</span>}
    </div>
  );
}
