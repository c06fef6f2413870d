/** What waits for a person: messages that could not be taken, and those that a peer would not take. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { usePeers } from "./api";
import { Follow } from "./Follow";
import { MessageList, OutgoingList } from "./Lists";
import "./exchange.css";

export function QueuePage(): ReactElement {
  const { t } = useText();
  useTitle(t("exchange.queue"));
  const peers = usePeers();
  const named = (id: string): string => peers.data?.items.find((one) => one.id === id)?.name ?? id;
  return (
    <>
      <Follow houses={peers.data?.items.map(({ institution }) => institution) ?? []} />
      <div className="pagehead">
        <Link to="/interfaces" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <h1>{t("exchange.queue")}</h1>
      </div>
      <div className="cols halved">
        <Card title={t("exchange.queue.in")} aside={t("exchange.queue.in.how")} flush><MessageList state="waiting" named={named} /></Card>
        <Card title={t("exchange.queue.out")} aside={t("exchange.queue.out.how")} flush><OutgoingList state="dead" named={named} /></Card>
      </div>
    </>
  );
}
