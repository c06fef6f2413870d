/** Nobody answered, or nobody read a critical finding back: a dispatcher's whole screen says so, on whichever page they are, until one of them has it in hand. */
import type { UseMutationResult } from "@tanstack/react-query";
import { useEffect, useRef, type ReactElement } from "react";
import { useNavigate } from "react-router";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { sinceS } from "../../parts/ring/model";
import { Icon } from "../../ui/Icon";
import { Trouble } from "../../ui/views";
import { useCriticals, useRings, useTake, useTakeCritical } from "./api";
import { shouts, unheld, type Critical, type Line } from "./model";
import "./dispatch.css";

/** Rings before findings: nobody is there yet. */
export function Alarms(): ReactElement | null {
  const rings = (useRings().data ?? []).filter(shouts);
  const findings = (useCriticals().data ?? []).filter(unheld);
  const others = rings.length + findings.length - 1;
  const [ring] = rings;
  if (ring) return <RingAlarm key={ring.id} one={ring} others={others} />;
  const [finding] = findings;
  return finding ? <CriticalAlarm key={finding.consultation} one={finding} others={others} /> : null;
}

function RingAlarm({ one, others }: { one: Line; others: number }): ReactElement {
  const { t } = useText();
  return (
    <Alarm
      kick={t(one.called.length > 0 ? "dispatch.alarm" : "dispatch.alarm.nobody")} since={one.since} clock={t("dispatch.rings.for")}
      title={one.question ?? ""} line={t("dispatch.from", { place: one.place?.name ?? "", department: one.department?.name ?? "" })}
      take={useTake(one.id)} others={others}
    />
  );
}

function CriticalAlarm({ one, others }: { one: Critical; others: number }): ReactElement {
  const { t } = useText();
  return (
    <Alarm
      kick={t("dispatch.critical")} since={one.raised_at} clock={t("dispatch.critical.clock")}
      title={t("dispatch.critical.what", { signer: one.signer.name, asker: one.asker.name })}
      line={t("dispatch.from", { place: one.asker.institution.name, department: one.department.name })}
      take={useTakeCritical(one.consultation)} others={others}
    />
  );
}

interface Props {
  kick: string;
  since: string;
  /** What the clock counts. */
  clock: string;
  title: string;
  line: string;
  take: UseMutationResult<unknown, Error, void>;
  others: number;
}

function Alarm({ kick, since, clock, title, line, take, others }: Props): ReactElement {
  const { t } = useText();
  const now = useNow(250);
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const handle = (): void => {
    if (!take.isPending) void take.mutateAsync().then(() => navigate("/rings"), () => undefined);
  };
  return (
    <dialog ref={dialog} className="alarm" aria-labelledby="alarm-title" onCancel={(event) => event.preventDefault()}>
      <div>
        <p className="kick">
          <svg className="shape" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 1.500L19 17.500H1z" fill="#fff" />
            <path d="M10 7v5" stroke="var(--high)" strokeWidth="2.200" />
            <circle cx="10" cy="15" r="1.300" fill="var(--high)" />
          </svg>
          {kick}
        </p>
        <p className="num clock" role="timer" aria-label={clock}>{minutes(sinceS(since, now), true)}</p>
        <h2 id="alarm-title">{title}</h2>
        <p className="line">{line}</p>
        <button type="button" className="enter" autoFocus onClick={handle} aria-busy={take.isPending || undefined}>
          <Icon name="phone" />
          {t("dispatch.take")}
        </button>
        {others > 0 && <p className="line num">{t("dispatch.alarm.others", { count: others })}</p>}
        <Trouble error={take.error} />
      </div>
    </dialog>
  );
}
