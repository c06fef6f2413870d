/** The interfaces at a glance, for the engineer: what wants somebody now, then every system, worst first. */
import { Input } from "antd";
import { useDeferredValue, useState, type ReactElement } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../lib/api";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { useOldS } from "../../lib/polled";
import { useReason } from "../../lib/reasons";
import { useTitle } from "../../lib/title";
import { speaksOf } from "../../lib/typed";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Stat } from "../../ui/Stat";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Stale, useSpan } from "../../ui/views";
import { useHouseName, usePeers } from "./api";
import { Follow } from "./Follow";
import { byNeed, heardAt, isStuck, refusedAt, stateOf, sums, type Peer } from "./model";
import { PeerTag } from "./Tags";
import "./exchange.css";

const MANY = 12; // systems that are seen without looking for one

export function InterfacesPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.exchange"));
  const peers = usePeers();
  const oldS = useOldS(peers.dataUpdatedAt);
  const now = useNow(1000);
  const head = (
    <div className="pagehead">
      <h1>{t("nav.exchange")}</h1>
      {peers.data && <Freshness at={peers.dataUpdatedAt} now={now} />}
      <div className="row end">
        <Link to="/interfaces/codes" className="btn">{t("exchange.codes")}</Link>
        <Link to="/interfaces/queue" className="btn primary">{t("exchange.queue")}</Link>
      </div>
    </div>
  );
  if (peers.isPending) return <>{head}<Card><Loading what={t("exchange.loading")} /></Card></>;
  if (!peers.data) {
    return <>{head}<Card><ProblemView title={t("exchange.failed")} error={peers.error} onRetry={() => void peers.refetch()} /></Card></>;
  }
  const { items, strangers } = peers.data;
  return (
    <>
      <Follow houses={items.map(({ institution }) => institution)} />
      {head}
      {oldS !== null && <Stale ageS={oldS} note={t("exchange.stale")} />}
      <Figures all={peers.data} now={now} />
      <div className="cols interfaces">
        <Card title={t("exchange.peers")} aside={t("exchange.count", { count: items.length })} flush>
          {items.length === 0 ? (
            <Empty icon="plug" title={t("exchange.empty")}>{t("exchange.empty.how")}</Empty>
          ) : (
            <Systems items={items} now={now} />
          )}
        </Card>
        <Strangers strangers={strangers} />
      </div>
    </>
  );
}

/** All of them, worst first; those that are asked for, where they are more than one sees at once. */
function Systems({ items, now }: { items: Peer[]; now: number }): ReactElement {
  const { t } = useText();
  const house = useHouseName();
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed);
  const found = items.filter((one) => speaksOf(wanted, one.name, house(one.institution), one.hl7_facility, one.ae));
  return (
    <>
      {items.length > MANY && (
        <div className="search">
          <Input
            size="large" type="search" allowClear value={typed} prefix={<Icon name="search" />}
            aria-label={t("exchange.search")} placeholder={t("exchange.search")} onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      )}
      {found.length === 0 ? (
        <Empty title={t("exchange.search.none")} />
      ) : (
        <ul className="rows">{byNeed(found, now).map((peer) => <PeerRow key={peer.id} peer={peer} now={now} />)}</ul>
      )}
    </>
  );
}

function Freshness({ at, now }: { at: number; now: number }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  return <p className="meta num">{t("exchange.age", { span: long(Math.max(1, Math.floor((now - at) / 1000))) })}</p>;
}

function Figures({ all, now }: { all: Schemas["Peers"]; now: number }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  const { waiting, dead, queued, oldest, strangers } = sums(all);
  const queue = oldest === null ? t("exchange.figure.queued") : t("exchange.figure.queued.since", { span: long((now - oldest) / 1000) });
  return (
    <section className="card figures" aria-label={t("exchange.figures")}>
      <Stat value={waiting} name={t("exchange.figure.waiting")} unit="" {...(waiting ? { state: "low" as const } : {})} />
      <Stat value={dead} name={t("exchange.figure.dead")} unit="" {...(dead ? { state: "medium" as const } : {})} />
      <Stat value={queued} name={queue} unit="" />
      <Stat value={strangers} name={t("exchange.figure.strangers")} unit="" {...(strangers ? { state: "medium" as const } : {})} />
    </section>
  );
}

function PeerRow({ peer, now }: { peer: Peer; now: number }): ReactElement {
  const { t, lang } = useText();
  const long = useSpan();
  const house = useHouseName();
  const heard = heardAt(peer);
  const last = peer.incoming.last;
  const speaks = peer.hl7_facility !== "" || last !== null;
  const takes = peer.hl7_to !== "" || peer.outgoing.waiting + peer.outgoing.dead > 0;
  return (
    <li>
      <Link className="rowlink peer" to={`/interfaces/peers/${encodeURIComponent(peer.id)}`}>
        <div className="what">
          <h3>{peer.enrolled ? peer.name : t("exchange.loopback", { name: peer.name })}</h3>
          <p className="meta">{house(peer.institution)}</p>
          <div className="row tags"><PeerTag state={stateOf(peer, now)} /><Trouble peer={peer} now={now} /></div>
        </div>
        <div className="heard num">
          <b>{heard === null ? t("exchange.heard.never") : t("exchange.heard", { span: long((now - heard) / 1000) })}</b>
          {last && <p className="meta">{`${last.kind} ${moment(new Date(last.received), new Date(now), lang)}`}</p>}
        </div>
        <dl className="flow num">
          <Flow word={t("exchange.in.day")} value={speaks ? peer.incoming.taken : null} />
          <Flow word={t("exchange.in.waiting")} value={speaks ? peer.incoming.waiting : null} look="some" />
          <Flow word={t("exchange.out.waiting")} value={takes ? peer.outgoing.waiting : null} look="some" />
          <Flow word={t("exchange.out.dead")} value={takes ? peer.outgoing.dead : null} look="bad" />
        </dl>
        <Icon name="right" />
      </Link>
    </li>
  );
}

/** One count; a dash where there is nothing to count, such as HL7 messages of a scanner. */
function Flow({ word, value, look }: { word: string; value: number | null; look?: "some" | "bad" }): ReactElement {
  return <div className={value && look ? look : ""}><dt>{word}</dt><dd>{value ?? "—"}</dd></div>;
}

/** Why it is not well, in a few words beside its state. */
function Trouble({ peer, now }: { peer: Peer; now: number }): ReactElement | null {
  const { t } = useText();
  const reason = useReason();
  const code = isStuck(peer, now) ? peer.outgoing.code : refusedAt(peer)?.code;
  const words = [code ? reason(code) : "", peer.apart ? t("exchange.apart", { count: peer.apart }) : ""].filter(Boolean);
  return words.length ? <span className="meta">{words.join(" · ")}</span> : null;
}

function Strangers({ strangers }: { strangers: Schemas["Stranger"][] }): ReactElement {
  const { t, lang } = useText();
  const reason = useReason();
  return (
    <Card title={t("exchange.strangers")} aside={t("exchange.count", { count: strangers.length })} flush>
      {strangers.length === 0 ? (
        <Empty icon="shield" title={t("exchange.strangers.none")}>{t("exchange.strangers.why")}</Empty>
      ) : (
        <>
          <p className="lead meta">{t("exchange.strangers.how")}</p>
          <ul className="rows">
            {strangers.map(({ door, name, address, refused, code, refusals }) => (
              <li key={`${door} ${name}`}>
                <div className="what">
                  <h3 className="num">{name || t("exchange.nameless")}</h3>
                  <p className="meta num">{`${t(`exchange.door.${door}`)} · ${address} · ${moment(new Date(refused), new Date(), lang)}`}</p>
                  <p className="meta">{reason(code)}</p>
                </div>
                <Tag>{t("exchange.times", { count: refusals })}</Tag>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
