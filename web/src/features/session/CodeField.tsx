import { Input } from "antd";
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Field } from "../../ui/Field";
import { cleanCode } from "./model";

interface Props {
  code: string;
  setCode(code: string): void;
  /** Called when the sixth digit is there: nothing more to press. */
  onWhole(code: string): void;
}

export function CodeField({ code, setCode, onWhole }: Props): ReactElement {
  const { t } = useText();
  return (
    <Field label={t("factor.code.label")} hint={t("factor.code.once")}>
      <Input
        size="large" className="code num" value={code} inputMode="numeric" autoComplete="one-time-code" autoFocus
        placeholder="000000"
        onChange={(event) => {
          const next = cleanCode(event.target.value);
          setCode(next);
          if (next.length === 6 && next !== code) onWhole(next);
        }}
      />
    </Field>
  );
}
