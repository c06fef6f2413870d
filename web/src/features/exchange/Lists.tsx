/** Messages that came and messages that go, as rows: when, what, from or to whom, in which state and why. */
import { Input } from "antd";
import { useDeferredValue, useId, useState, type ReactElement, type ReactNode } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useReason } from "../../lib/reasons";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, ProblemView, Trouble } from "../../ui/views";
import { useMessages, useOutgoing, useResend } from "./api";
import type { Message, MessageState, Outgoing, OutgoingState } from "./model";
import { MessageTag, OutgoingTag } from "./Tags";

interface PagesProps<Item> {
  query: ReturnType<typeof useMessages> | ReturnType<typeof useOutgoing>;
  empty: string;
  children: (one: Item) => ReactNode;
}

function Pages<Item>({ query, empty, children }: PagesProps<Item>): ReactElement {
  const { t } = useText();
  if (query.isPending) return <Loading what={t("exchange.messages.loading")} />;
  if (!query.data) return <ProblemView title={t("exchange.messages.failed")} error={query.error} onRetry={() => void query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items as Item[]);
  if (items.length === 0) return <Empty title={empty} />;
  return (
    <>
      <ul className="rows">{items.map(children)}</ul>
      {query.hasNextPage && (
        <div className="more">
          <Button kind="quiet" onClick={() => void query.fetchNextPage()} {...(query.isFetchingNextPage ? { busy: true } : {})}>
            {t("exchange.more")}
          </Button>
        </div>
      )}
    </>
  );
}

export function MessageList({ state, sender, named }: { state?: MessageState; sender?: string; named?: (id: string) => string }): ReactElement {
  const { t } = useText();
  const [typed, setTyped] = useState("");
  const control = useDeferredValue(typed.trim());
  const query = useMessages(state, sender, control);
  const none = control ? "exchange.messages.none.control" : state === "waiting" ? "exchange.messages.none.waiting" : "exchange.messages.none";
  return (
    <>
      <div className="search">
        <Input
          size="large" type="search" allowClear value={typed} prefix={<Icon name="search" />}
          aria-label={t("exchange.messages.search")} placeholder={t("exchange.messages.search")} onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <Pages<Message> query={query} empty={t(none)}>
        {(one) => <MessageRow key={one.id} one={one} {...(named ? { from: named(one.sender) } : {})} />}
      </Pages>
    </>
  );
}

function MessageRow({ one, from }: { one: Message; from?: string }): ReactElement {
  const { t, lang } = useText();
  const reason = useReason();
  return (
    <li>
      <Link className="rowlink" to={`/interfaces/messages/${one.id}`}>
        <div className="what">
          <h3 className="num">{one.kind || t("exchange.kindless")} {from && <span className="beside">{from}</span>}</h3>
          {one.code && <p className="because">{reason(one.code)} {one.place && <span className="num">{one.place}</span>}</p>}
          <p className="meta num">{`${moment(new Date(one.received), new Date(), lang)} · ${one.control || "—"}`}</p>
          <div className="row tags">
            <MessageTag state={one.state} />
            {one.repeated && <span className="meta">{t("exchange.repeated")}</span>}
          </div>
        </div>
        <Icon name="right" />
      </Link>
    </li>
  );
}

export function OutgoingList({ state, peer, named }: { state?: OutgoingState; peer?: string; named?: (id: string) => string }): ReactElement {
  const { t } = useText();
  const query = useOutgoing(state, peer);
  return (
    <Pages<Outgoing> query={query} empty={t(state === "dead" ? "exchange.outgoing.none.dead" : "exchange.outgoing.none")}>
      {(one) => <OutgoingRow key={one.id} one={one} {...(named ? { to: named(one.peer) } : {})} />}
    </Pages>
  );
}

function OutgoingRow({ one, to }: { one: Outgoing; to?: string }): ReactElement {
  const { t, lang } = useText();
  const reason = useReason();
  const resend = useResend();
  const words = useId();
  return (
    <li>
      <div className="what">
        <h3 id={words} className="num">{one.kind} {to && <span className="beside">{to}</span>}</h3>
        {one.code && <p className="because">{reason(one.code)} {one.answer && <span className="num">{one.answer}</span>}</p>}
        <p className="meta num">
          {[moment(new Date(one.made), new Date(), lang), one.control, one.tries ? t("exchange.tries", { count: one.tries }) : ""].filter(Boolean).join(" · ")}
        </p>
        <div className="row tags"><OutgoingTag state={one.state} /></div>
        <Trouble error={resend.error} />
      </div>
      {one.state !== "waiting" && (
        <Button
          icon="retry" aria-describedby={words} onClick={() => resend.mutate(one.id)} {...(resend.isPending ? { busy: true } : {})}
        >
          {t("exchange.resend")}
        </Button>
      )}
    </li>
  );
}
