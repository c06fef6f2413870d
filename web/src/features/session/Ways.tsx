/** Which second factor: a security key or a one-time code. Each says what it needs. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { hasKeys } from "../../lib/webauthn";
import { Icon } from "../../ui/Icon";

export type Way = "key" | "code";

export function Ways({ way, setWay }: { way: Way; setWay(way: Way): void }): ReactElement {
  const { t } = useText();
  const able = hasKeys();
  return (
    <fieldset className="ways">
      <legend>{t("factor.which")}</legend>
      {(["code", "key"] as const).map((one) => (
        <label key={one} className={`way ${way === one ? "on" : ""} ${one === "key" && !able ? "off" : ""}`}>
          <input
            type="radio" name="way" className="sr" checked={way === one} disabled={one === "key" && !able}
            onChange={() => setWay(one)}
          />
          <Icon name={one === "key" ? "key" : "phone"} />
          <span className="grow">
            <b>{t(`factor.${one}`)}</b>
            <small>{one === "key" && !able ? t("factor.key.unable") : t(`factor.${one}.how`)}</small>
          </span>
          <em aria-hidden="true" />
        </label>
      ))}
    </fieldset>
  );
}
