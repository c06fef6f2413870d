import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Props {
  kind: "now" | "later" | "quiet";
  icon?: IconName;
  title: string;
  children: ReactNode;
  busy?: boolean;
  whyNot?: string | undefined;
  onChoose(): void;
}

/** A choice as large as a hand: what it is, what follows, an arrow. Only the emergency is a red area. */
export function Choice({ kind, icon, title, children, busy, whyNot, onChoose }: Props): ReactElement {
  const still = Boolean(busy) || whyNot !== undefined;
  return (
    <button
      type="button" className={`choice ${kind}`} aria-disabled={still || undefined} aria-busy={busy || undefined}
      onClick={() => !still && onChoose()}
    >
      {kind === "now" ? <Warning /> : icon && <Icon name={icon} size={kind === "quiet" ? 30 : 52} />}
      <span className="grow">
        <b>{title}</b>
        <span className="num">{whyNot ?? children}</span>
      </span>
      {busy ? <span className="turning" aria-hidden="true" /> : <Icon name="arrow" size={30} />}
    </button>
  );
}

function Warning(): ReactElement {
  return (
    <svg className="shape" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M10 1.500L19 17.500H1z" fill="currentColor" />
      <path d="M10 7v5" stroke="var(--high)" strokeWidth="2" />
      <circle cx="10" cy="15" r="1.200" fill="var(--high)" />
    </svg>
  );
}
