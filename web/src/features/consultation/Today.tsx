/** The day as a strip, and under it the agenda. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { clock } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { DayStrip, type Block } from "../../ui/DayStrip";
import { useAge } from "../../ui/Who";
import { CaseTag } from "./CaseTag";
import { nameOf, timeOf, type Line } from "./model";

const hour = (at: Date): number => at.getHours() + at.getMinutes() / 60;
const DONE: readonly Line["state"][] = ["signed", "closed", "cancelled", "did-not-take-place"];

export function Today({ cases, now }: { cases: Line[]; now: number }): ReactElement {
  const { t, lang } = useText();
  const age = useAge();
  const next = cases.find((one) => !DONE.includes(one.state));
  const blocks: Block[] = cases.map((one) => {
    const from = hour(new Date(timeOf(one)));
    const state = DONE.includes(one.state) ? "done" : one === next ? "next" : "later";
    return { id: one.id, from, to: from + 0.5, state };
  });
  const first = Math.min(8, ...blocks.map(({ from }) => Math.floor(from / 2) * 2));
  const last = Math.max(18, ...blocks.map(({ to }) => Math.ceil(to / 2) * 2));
  return (
    <>
      <div className="strip">
        <DayStrip label={t("desk.strip", { count: cases.length })} from={first} to={last} now={hour(new Date(now))} blocks={blocks} />
      </div>
      <ol className="agenda">
        {cases.map((one) => (
          <li key={one.id}>
            <Link to={`/cases/${one.id}`} className={one === next ? "next" : DONE.includes(one.state) ? "done" : ""}>
              <b className="num">{clock(new Date(timeOf(one)), lang)}</b>
              <span className="knot" aria-hidden="true" />
              <span className="what">
                <strong>
                  {one.patient.name} <span className="num beside">{age(one.patient.birth_date)}</span>
                </strong>
                <span className="meta">{[nameOf(one.asker.institution), one.question].filter(Boolean).join(" · ")}</span>
              </span>
              <CaseTag one={one} />
            </Link>
          </li>
        ))}
      </ol>
    </>
  );
}
