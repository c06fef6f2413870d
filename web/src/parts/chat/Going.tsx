/** A message that the centre does not have yet: on its way, or not sent and why. */
import type { ReactElement } from "react";
import { moment } from "../../lib/format";
import { problemText, useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Shape } from "../../ui/Shape";
import type { Outbox, Unsent } from "./outbox";

export function Going({ one, outbox }: { one: Unsent; outbox: Outbox }): ReactElement {
  const { t, lang } = useText();
  const failed = one.state === "failed";
  return (
    <>
      <span className="meta num">{t("chat.me")} {moment(new Date(one.at), new Date(), lang)}</span>
      <p className="prose">{one.text}</p>
      <span className="receipt meta"><Shape state={failed ? "high" : "stale"} size={13} />{t(failed ? "chat.notsent" : "chat.sending")}</span>
      {failed && (
        <>
          <p role="alert">{problemText(t, one.error)}</p>
          <span className="row">
            <Button icon="retry" onClick={() => void outbox.again(one.key)}>{t("chat.again")}</Button>
            <Button kind="quiet" onClick={() => outbox.takeBack(one.key)}>{t("chat.back")}</Button>
          </span>
        </>
      )}
    </>
  );
}
