/** The states of systems and messages: shape, colour and word. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { Tag } from "../../ui/Tag";
import { MESSAGE_LOOK, OUTGOING_LOOK, PEER_LOOK, type MessageState, type OutgoingState, type PeerState } from "./model";

export function PeerTag({ state }: { state: PeerState }): ReactElement {
  const { t } = useText();
  const look = PEER_LOOK[state];
  return <Tag {...(look ? { state: look } : {})}>{t(`exchange.peer.${state}`)}</Tag>;
}

export function MessageTag({ state }: { state: MessageState }): ReactElement {
  const { t } = useText();
  const look = MESSAGE_LOOK[state];
  return <Tag {...(look ? { state: look } : {})}>{t(`exchange.message.${state}`)}</Tag>;
}

export function OutgoingTag({ state }: { state: OutgoingState }): ReactElement {
  const { t } = useText();
  const look = OUTGOING_LOOK[state];
  return <Tag {...(look ? { state: look } : {})}>{t(`exchange.outgoing.${state}`)}</Tag>;
}
