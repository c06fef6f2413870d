/** The one loud thing: an emergency that rings, with the time left until somebody must be in. */
import type { ReactElement, ReactNode } from "react";
import { useText } from "../lib/i18n";
import { minutes } from "../lib/format";

interface Props {
  /** Seconds left of the promise (null: not known, nobody answers), and the promise itself. */
  leftS: number | null;
  wholeS: number;
  title: string;
  lines: ReactNode[];
  facts?: string[];
  action: ReactNode;
  next?: ReactNode;
}

const ROUND = 2 * Math.PI * 64;

export function RingBanner({ leftS, wholeS, title, lines, facts = [], action, next }: Props): ReactElement {
  const { t } = useText();
  const share = Math.max(0, Math.min(1, (leftS ?? 0) / wholeS));
  return (
    <section className="ring" role="alert" aria-label={t("ring.label")}>
      <div className="count" role="timer" aria-label={t("ring.left")}>
        <svg viewBox="0 0 144 144" aria-hidden="true">
          <circle cx="72" cy="72" r="64" fill="none" stroke="#fff" strokeOpacity=".24" strokeWidth="9" />
          <circle
            cx="72" cy="72" r="64" fill="none" stroke="#fff" strokeWidth="9" strokeLinecap="round"
            strokeDasharray={`${share * ROUND} ${ROUND}`} transform="rotate(-90 72 72)"
          />
        </svg>
        <div>
          <span className="num">{leftS === null ? "–" : minutes(leftS)}</span>
          <small>{t(leftS === null ? "ring.unknown" : leftS > 0 ? "ring.left" : "ring.over")}</small>
        </div>
      </div>
      <div className="told">
        <div className="kick">
          <svg className="shape" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 1.500L19 17.500H1z" fill="#fff" />
            <path d="M10 7v5" stroke="var(--high)" strokeWidth="2.200" />
            <circle cx="10" cy="15" r="1.300" fill="var(--high)" />
          </svg>
          {t("ring.calling")}
        </div>
        <h2>{title}</h2>
        {lines.map((line, index) => (
          <p key={index} className="line num">{line}</p>
        ))}
        {facts.length > 0 && (
          <div className="facts num">
            {facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </div>
        )}
      </div>
      <div className="act">
        {action}
        {next && <div className="hand">{next}</div>}
      </div>
    </section>
  );
}
