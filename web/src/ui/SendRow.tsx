import type { ReactElement } from "react";
import { useText } from "../lib/i18n";
import { Button } from "./Button";

/** The end of a form that is filled in where one stands: send it, or go back. */
export function SendRow({ act, busy, onCancel }: { act: string; busy: boolean; onCancel(): void }): ReactElement {
  const { t } = useText();
  return (
    <div className="row">
      <Button kind="primary" type="submit" {...(busy ? { busy } : {})}>{act}</Button>
      <Button kind="quiet" onClick={onCancel}>{t("act.back")}</Button>
    </div>
  );
}
