/** The states every view can be in: loading, empty, stale, failed, refused, offline, progress. Each has its words. */
import type { ReactElement, ReactNode } from "react";
import { problemText, useText } from "../lib/i18n";
import { asProblem, isRefused, UNREACHABLE } from "../lib/problem";
import { span } from "../lib/format";
import { useSilence } from "../lib/reach";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { Shape } from "./Shape";

export function useSpan(): (seconds: number) => string {
  const { t, lang } = useText();
  return (seconds) => {
    const { value, unit } = span(seconds, lang);
    return t(`span.${unit}`, { value });
  };
}

interface LoadingProps {
  /** What is being fetched. */
  what: string;
  lines?: number;
  /** How long it usually takes. */
  usual?: string;
}

export function Loading({ what, lines = 4, usual }: LoadingProps): ReactElement {
  const widths = [88, 64, 76, 42];
  return (
    <div className="view" aria-busy="true" role="status">
      <p className="head">{what}</p>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="sk" style={{ width: `${widths[line % widths.length]}%` }} />
      ))}
      {usual && <p className="end">{usual}</p>}
    </div>
  );
}

interface EmptyProps {
  title: string;
  icon?: IconName;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ title, icon = "file", children, action }: EmptyProps): ReactElement {
  return (
    <div className="view">
      <Icon name={icon} size={26} />
      <p className="head">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** Wraps what is shown when it is too old to trust: hatch, dashed edge, its age in words. */
export function Stale({ ageS, children, note }: { ageS: number; children?: ReactNode; note?: string }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  return (
    <div className="view stale hatch" role="status">
      <Shape state="stale" size={24} />
      {children}
      <p className="num head">{t("view.stale", { span: long(ageS) })}</p>
      <p>{note ?? t("view.stale.note")}</p>
    </div>
  );
}

interface FailedProps {
  title: string;
  error: unknown;
  onRetry?: () => void;
}

export function Failed({ title, error, onRetry }: FailedProps): ReactElement {
  const { t } = useText();
  return (
    <div className="view" role="alert">
      <Shape state="medium" size={24} />
      <p className="head">{title}</p>
      <p>{problemText(t, error)}</p>
      {onRetry && (
        <Button icon="retry" onClick={onRetry}>
          {t("act.retry")}
        </Button>
      )}
    </div>
  );
}

export function Refused({ title, error, action }: { title: string; error: unknown; action?: ReactNode }): ReactElement {
  const { t } = useText();
  return (
    <div className="view" role="alert">
      <Icon name="lock" size={26} />
      <p className="head">{title}</p>
      <p>{problemText(t, error)}</p>
      <p>{t("view.refused.recorded")}</p>
      {action}
    </div>
  );
}

/** A failure in its right voice: refused when the server said no, unreachable when nobody answered, else failed. */
export function ProblemView({ title, error, onRetry }: FailedProps): ReactElement {
  if (isRefused(error)) return <Refused title={title} error={error} />;
  return <Failed title={title} error={error} {...(onRetry ? { onRetry } : {})} />;
}

/** Slate, not red: work goes on, what waits is counted. */
export function OfflineBanner({ seconds, waiting }: { seconds: number; waiting?: string }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  return (
    <div className="offline" role="status">
      <Icon name="offline" size={30} />
      <div>
        <b className="num">{t("view.offline", { span: long(seconds) })}</b>
        <span>{t("view.offline.note")}</span>
      </div>
      {waiting && <span className="pill num">{waiting}</span>}
    </div>
  );
}

/** One line under a form's button: what went wrong with the last attempt. Once the server answers again, that it does. */
export function Trouble({ error }: { error: unknown }): ReactElement | null {
  const { t } = useText();
  const silent = useSilence() !== null;
  if (!error) return null;
  const offline = asProblem(error).code === UNREACHABLE;
  return (
    <div className="trouble" role="alert">
      <Shape state={offline ? "tech" : "medium"} />
      <span>{offline && !silent ? t("problem.network.back") : problemText(t, error)}</span>
    </div>
  );
}
