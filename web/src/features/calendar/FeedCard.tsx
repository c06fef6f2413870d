/** One's times in another calendar program, at a secret address that can be taken back. */
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Trouble } from "../../ui/views";
import { useEndFeed, useFeed, useMakeFeed } from "./api";

export function FeedCard(): ReactElement {
  const { t, lang } = useText();
  const { data: made } = useFeed();
  const make = useMakeFeed();
  const end = useEndFeed();
  const [copied, setCopied] = useState("");
  const address = make.data && made ? `${location.origin}${make.data.path}` : undefined;
  return (
    <Card title={t("feed.title")}>
      <div className="stack">
        <p className="meta">{t("feed.what")}</p>
        {made && <p className="num">{t("feed.made", { when: moment(new Date(made), new Date(), lang) })}</p>}
        {address && <p role="status"><b>{t("feed.address")}</b> <code className="feed">{address}</code></p>}
        <Trouble error={make.error ?? end.error} />
        <div className="row">
          {address && <Button icon={copied === address ? "check" : "file"} onClick={() => void navigator.clipboard.writeText(address).then(() => setCopied(address))}>{t(copied === address ? "guest.copied" : "guest.copy")}</Button>}
          <Button {...(make.isPending ? { busy: true } : {})} onClick={() => make.mutate()}>{t(made ? "feed.anew" : "feed.make")}</Button>
          {made && <Button kind="quiet" {...(end.isPending ? { busy: true } : {})} onClick={() => end.mutate()}>{t("feed.end")}</Button>}
        </div>
      </div>
    </Card>
  );
}
