/** Nobody answered: a dispatcher's whole screen says so, on whichever page they are, until one of them has it in hand. */
import { useEffect, useRef, type ReactElement } from "react";
import { useNavigate } from "react-router";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { sinceS } from "../../parts/ring/model";
import { Icon } from "../../ui/Icon";
import { Trouble } from "../../ui/views";
import { useRings, useTake } from "./api";
import { shouts, type Line } from "./model";
import "./dispatch.css";

export function Alarms(): ReactElement | null {
  const rings = useRings();
  const loud = (rings.data ?? []).filter(shouts);
  const [first] = loud;
  return first ? <Alarm key={first.id} one={first} others={loud.length - 1} /> : null;
}

function Alarm({ one, others }: { one: Line; others: number }): ReactElement {
  const { t } = useText();
  const now = useNow(250);
  const navigate = useNavigate();
  const take = useTake(one.id);
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
          {t(one.called.length > 0 ? "dispatch.alarm" : "dispatch.alarm.nobody")}
        </p>
        <p className="num clock" role="timer" aria-label={t("dispatch.rings.for")}>{minutes(sinceS(one.since, now), true)}</p>
        <h2 id="alarm-title">{one.question}</h2>
        <p className="line">{t("dispatch.from", { place: one.place?.name ?? "", department: one.department?.name ?? "" })}</p>
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
