/** What stays of a case: how it went, in figures of its time line, and what it must hold once it is over. */
import type { ReactElement } from "react";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { useSpan } from "../../ui/views";
import type { Case } from "./model";

const HOUR_S = 3600;

/** Minutes and seconds while they say something, then hours and days. */
function useTook(): (seconds: number | null) => string {
  const span = useSpan();
  return (seconds) => (seconds === null ? "—" : seconds < HOUR_S ? minutes(seconds) : span(seconds));
}

export function HowItWent({ one }: { one: Case }): ReactElement {
  const { t } = useText();
  const took = useTook();
  const { figures } = one;
  const told = [
    [t("case.went.answer"), took(figures.answer_s)],
    [t("case.went.opinion"), took(figures.opinion_s)],
    ...(one.mode === "live" ? [[t("case.went.calls"), figures.failed_calls], [t("case.went.interruptions"), figures.interruptions]] : []),
    [t("case.went.passes"), figures.passes],
  ];
  return (
    <Card title={t("case.went")}>
      <dl className="went num">
        {told.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </Card>
  );
}

const LOOK = { there: "ok", missing: "medium", "not-needed": undefined } as const;

/** Nothing before an opinion is signed. */
export function Archived({ one }: { one: Case }): ReactElement | null {
  const { t } = useText();
  if (one.archive.length === 0) return null;
  const missing = one.archive.filter(({ stand }) => stand === "missing").length;
  return (
    <Card title={t("archive.case")} aside={missing > 0 ? t("archive.missing", { count: missing }) : t("archive.whole")}>
      <ul className="must-hold">
        {one.archive.map(({ item, stand }) => {
          const look = LOOK[stand];
          return (
            <li key={item} className={stand}>
              {look ? <Shape state={look} /> : <span className="shape" aria-hidden="true" />}
              <span>{t(`archive.item.${item}`)}</span>
              <span className="meta">{t(`archive.stand.${stand}`)}</span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
