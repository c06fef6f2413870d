/** The same figures as tables, for whoever would rather read than look. */
import type { ReactElement } from "react";
import { useCause, useFailure } from "../../lib/causes";
import { useText } from "../../lib/i18n";
import { counted, type Totals } from "./model";
import { useLasted } from "./useLasted";

export function Tables({ one, state }: { one: Totals; state: (id: string) => string }): ReactElement {
  const { t } = useText();
  const cause = useCause();
  const failure = useFailure();
  const lasted = useLasted();
  const count = (cases: number | null): string => counted(cases, one.few);
  const time = (seconds: number | null | undefined): string => (seconds == null ? "—" : lasted(seconds));
  return (
    <details className="tables">
      <summary>{t("totals.tables")}</summary>
      <div className="sheets">
        <Sheet
          title={t("totals.weeks")} head={[t("totals.week-of"), t("totals.cases"), t("totals.emergencies")]}
          rows={one.weeks.map((week) => [week.monday, count(week.cases), count(week.emergencies)])}
        />
        <Sheet
          title={t("totals.departments")} head={[t("totals.department"), t("totals.cases"), t("totals.answer"), t("totals.opinion")]}
          rows={one.departments.map((group) => [group.name || group.id, count(group.cases), time(group.answer_s), time(group.opinion_s)])}
        />
        <Sheet
          title={t("totals.states")} head={[t("totals.state"), t("totals.cases")]}
          rows={one.states.map((group) => [state(group.id), count(group.cases)])}
        />
        <Sheet
          title={t("totals.reasons")} head={[t("totals.reason"), t("totals.cases")]}
          rows={one.reasons.map((group) => [group.id === "" ? t("totals.reasons.other") : cause(group.name), count(group.cases)])}
        />
        <Sheet
          title={t("totals.failures")} head={[t("totals.failure"), t("totals.cases")]}
          rows={one.failures.map((group) => [failure(group.id), count(group.cases)])}
        />
      </div>
    </details>
  );
}

function Sheet({ title, head, rows }: { title: string; head: string[]; rows: string[][] }): ReactElement {
  return (
    <table className="num">
      <caption>{title}</caption>
      <thead><tr>{head.map((word) => <th key={word} scope="col">{word}</th>)}</tr></thead>
      <tbody>
        {rows.map(([name, ...values]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, at) => <td key={at}>{value}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
