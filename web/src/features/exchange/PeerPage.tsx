/** One system: its state and why, what came of it, what goes to it, and how it is enrolled. */
import { Segmented } from "antd";
import { useState, type ReactElement } from "react";
import { Link, useParams } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { useOldS } from "../../lib/polled";
import { useReason } from "../../lib/reasons";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Shape";
import { Empty, Loading, ProblemView, Stale, Trouble } from "../../ui/views";
import { useHouseName, usePeers, useTryAgain } from "./api";
import { Enrolment } from "./Enrolment";
import { Follow } from "./Follow";
import { MessageList, OutgoingList } from "./Lists";
import { PEER_LOOK, stateOf, type MessageState, type OutgoingState, type Peer } from "./model";
import { SwitchBox } from "./SwitchBox";
import { PeerTag } from "./Tags";
import "./exchange.css";

export function PeerPage(): ReactElement {
  const { id = "" } = useParams();
  const { t } = useText();
  useTitle(t("exchange.peer"));
  const peers = usePeers();
  const oldS = useOldS(peers.dataUpdatedAt);
  const house = useHouseName();
  const now = useNow(1000);
  const peer = peers.data?.items.find((one) => one.id === id);
  if (!peer) {
    return (
      <>
        <h1 className="sr">{t("exchange.peer")}</h1>
        <Card>
          {peers.isPending ? (
            <Loading what={t("exchange.loading")} />
          ) : peers.data ? (
            <Empty icon="plug" title={t("exchange.peer.unknown")} action={<Link className="btn" to="/interfaces">{t("act.back")}</Link>} />
          ) : (
            <ProblemView title={t("exchange.failed")} error={peers.error} onRetry={() => void peers.refetch()} />
          )}
        </Card>
      </>
    );
  }
  return (
    <>
      <Follow houses={[peer.institution]} />
      <div className="pagehead">
        <Link to="/interfaces" className="btn quiet icon" aria-label={t("act.back")}><Icon name="left" size={26} /></Link>
        <h1>{peer.enrolled ? peer.name : t("exchange.loopback", { name: peer.name })}</h1>
        <span className="beside">{house(peer.institution)}</span>
        <PeerTag state={stateOf(peer, now)} />
      </div>
      {oldS !== null && <Stale ageS={oldS} note={t("exchange.stale")} />}
      <Standing peer={peer} now={now} />
      <div className="cols case">
        <div className="stack">
          <Incoming peer={peer} />
          <Outgoing peer={peer} />
        </div>
        <div className="stack">
          <Doors peer={peer} />
          {peer.enrolled && <Enrolment key={peer.id} peer={peer} />}
          {peer.enrolled && <SwitchBox peer={peer} />}
        </div>
      </div>
    </>
  );
}

/** One sentence: how it stands, and what to do. */
function Standing({ peer, now }: { peer: Peer; now: number }): ReactElement {
  const { t } = useText();
  const reason = useReason();
  const state = stateOf(peer, now);
  const look = PEER_LOOK[state];
  const code = peer.outgoing.code || peer.doors.find(({ code: one }) => one)?.code || "";
  return (
    <section className={`where ${look ?? ""}`} role="status">
      {look && <Shape state={look} size={34} />}
      <div className="grow">
        <h2>{t(`exchange.stands.${state}`)}</h2>
        <p>{state === "ok" && !code ? t("exchange.nothing") : t(`exchange.do.${state}`, { why: code ? reason(code) : "—", waiting: peer.incoming.waiting, dead: peer.outgoing.dead })}</p>
        {peer.apart > 0 && <p>{t("exchange.apart.who", { count: peer.apart })}</p>}
      </div>
    </section>
  );
}

const IN: (MessageState | "all")[] = ["all", "waiting", "refused", "taken"];
const OUT: (OutgoingState | "all")[] = ["all", "waiting", "dead", "sent"];

function Incoming({ peer }: { peer: Peer }): ReactElement {
  const { t } = useText();
  const [chosen, choose] = useState<MessageState | "all">("all");
  const { taken, waiting, refused } = peer.incoming;
  return (
    <Card title={t("exchange.incoming")} aside={t("exchange.incoming.day", { taken, waiting, refused })} flush>
      <div className="search">
        <Segmented
          block aria-label={t("exchange.incoming")} value={chosen} onChange={choose}
          options={IN.map((value) => ({ value, label: t(value === "all" ? "exchange.all" : `exchange.message.${value}`) }))}
        />
      </div>
      {peer.enrolled && <TryAgain peer={peer} />}
      <MessageList sender={peer.id} {...(chosen === "all" ? {} : { state: chosen })} />
    </Card>
  );
}

/** All that waits at once, for whoever has just mended what it waited for: a character set, a table of codes. */
function TryAgain({ peer }: { peer: Peer }): ReactElement | null {
  const { t } = useText();
  const again = useTryAgain(peer.id);
  const { waiting } = peer.incoming;
  if (waiting === 0 && !again.data) return null;
  return (
    <div className="search row">
      {waiting > 0 && (
        <Button icon="retry" onClick={() => again.mutate()} {...(again.isPending ? { busy: true } : {})}>{t("exchange.again", { count: waiting })}</Button>
      )}
      <p className="meta" role="status">{again.data ? t("exchange.again.done", again.data) : t("exchange.again.when")}</p>
      <Trouble error={again.error} />
    </div>
  );
}

function Outgoing({ peer }: { peer: Peer }): ReactElement {
  const { t } = useText();
  const [chosen, choose] = useState<OutgoingState | "all">("all");
  const { sent, waiting, dead } = peer.outgoing;
  return (
    <Card title={t("exchange.outgoing")} aside={t("exchange.outgoing.day", { sent, waiting, dead })} flush>
      <div className="search">
        <Segmented
          block aria-label={t("exchange.outgoing")} value={chosen} onChange={choose}
          options={OUT.map((value) => ({ value, label: t(value === "all" ? "exchange.all" : `exchange.outgoing.${value}`) }))}
        />
      </div>
      <OutgoingList peer={peer.id} {...(chosen === "all" ? {} : { state: chosen })} />
    </Card>
  );
}

function Doors({ peer }: { peer: Peer }): ReactElement {
  const { t, lang } = useText();
  const reason = useReason();
  const at = (time: string | null): string => (time ? moment(new Date(time), new Date(), lang) : "—");
  return (
    <Card title={t("exchange.doors")} flush>
      {peer.doors.length === 0 ? (
        <Empty icon="plug" title={t("exchange.heard.never")}>{t("exchange.doors.never")}</Empty>
      ) : (
        <ul className="rows">
          {peer.doors.map((door) => (
            <li key={door.door}>
              <dl className="facts-list num">
                <dt>{t("exchange.door")}</dt><dd>{`${t(`exchange.door.${door.door}`)} · ${door.address}`}</dd>
                <dt>{t("exchange.door.seen")}</dt><dd>{at(door.seen)}</dd>
                {door.refused && <><dt>{t("exchange.door.refused")}</dt><dd>{`${at(door.refused)} · ${reason(door.code)} · ${t("exchange.times", { count: door.refusals })}`}</dd></>}
              </dl>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
