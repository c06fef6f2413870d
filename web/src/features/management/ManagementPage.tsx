/** How consultations go: the plan and now, weeks, departments, how they ended and why some were none. Totals alone. */
import { useState, type ReactElement } from "react";
import { clock } from "../../lib/format";
import { useCause, useFailure } from "../../lib/causes";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { useSilence } from "../../lib/reach";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { useDepartments, useTotals } from "./api";
import { Ranked } from "./Ranked";
import { Tables } from "./Tables";
import { Tracks } from "./Tracks";
import { Weeks } from "./Weeks";
import { lastDays, SPANS, type Days, type Totals } from "./model";
import "./management.css";

const OLD_S = 150;

export function ManagementPage(): ReactElement {
  const { t, lang } = useText();
  useTitle(t("nav.overview"));
  const now = useNow(1000);
  const silent = useSilence() !== null;
  const [days, setDays] = useState<Days>(91);
  const [department, setDepartment] = useState("");
  const range = lastDays(days, new Date(now));
  const totals = useTotals(range, department);
  const departments = useDepartments();
  const ageS = (now - totals.dataUpdatedAt) / 1000;
  const fresh = totals.data !== undefined && !totals.isPlaceholderData; // else of the choice before, until this one is there
  const old = fresh && (silent || ageS > OLD_S);
  return (
    <>
      <div className="pagehead">
        <div>
          <h1>{t("nav.overview")}</h1>
          <p className="meta num">
            {range.from} – {range.to}
            {fresh && ` · ${t("totals.updated", { time: clock(new Date(totals.dataUpdatedAt), lang) })}`}
          </p>
        </div>
        <div className="end row">
          <label className="of">
            <span className="meta">{t("totals.department")}</span>
            <select value={department} onChange={(event) => setDepartment(event.target.value)}>
              <option value="">{t("totals.every")}</option>
              {departments.data?.map((one) => <option key={one.id} value={one.id}>{one.institution.name} {one.name}</option>)}
            </select>
          </label>
          <div className="spans" role="group" aria-label={t("totals.days")}>
            {SPANS.map((one) => (
              <Button key={one} aria-current={one === days || undefined} onClick={() => setDays(one)}>{t("span.day", { value: one })}</Button>
            ))}
          </div>
        </div>
      </div>
      {old && <Stale ageS={ageS} note={t("totals.stale")} />}
      {totals.isPending && <Card><Loading what={t("totals.loading")} lines={8} /></Card>}
      {totals.isError && !totals.data && (
        <Card><ProblemView title={t("totals.failed")} error={totals.error} onRetry={() => void totals.refetch()} /></Card>
      )}
      {totals.data?.totals.cases === 0 && <Card><Empty icon="chart" title={t("totals.empty")}>{t("totals.empty.note")}</Empty></Card>}
      {totals.data && totals.data.totals.cases !== 0 && <Whole one={totals.data} />}
    </>
  );
}

function Whole({ one }: { one: Totals }): ReactElement {
  const { t } = useText();
  const cause = useCause();
  const failure = useFailure();
  const state = (id: string): string => t(`case.state.${id as "signed"}`);
  return (
    <>
      <div className="totals">
        <Tracks one={one} />
        <div className="charts">
          <Weeks one={one} />
          <div className="pair">
            <Ranked title={t("totals.departments")} few={one.few} groups={one.departments} most={6} />
            <Ranked title={t("totals.states")} few={one.few} groups={one.states.map((group) => ({ ...group, name: state(group.id) }))} />
          </div>
          <Ranked
            title={t("totals.reasons")} few={one.few} empty={t("totals.reasons.none")}
            groups={one.reasons.map((group) => ({ ...group, name: group.id === "" ? t("totals.reasons.other") : cause(group.name) }))}
          />
          <Ranked title={t("totals.failures")} few={one.few} empty={t("totals.failures.none")} groups={one.failures.map((group) => ({ ...group, name: failure(group.id) }))} />
        </div>
      </div>
      <p className="meta">{t("totals.few", { few: one.few })}</p>
      <Tables one={one} state={state} />
    </>
  );
}
