import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useCases } from "./api";
import { CaseRow } from "./CaseRow";
import { useFollow } from "./Follow";
import { byUrgency, type Line } from "./model";
import "./consultation.css";

const OVER: Line["state"][] = ["signed", "closed", "cancelled", "did-not-take-place"];

/** All cases of one's own: what is under way, then what has been answered. */
export function CasesPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.cases"));
  useFollow("me");
  const cases = useCases();
  const head = <div className="pagehead"><h1>{t("nav.cases")}</h1></div>;
  if (cases.isPending) return <>{head}<Card><Loading what={t("desk.loading")} /></Card></>;
  if (!cases.data) {
    return <>{head}<Card><ProblemView title={t("desk.failed")} error={cases.error} onRetry={() => void cases.refetch()} /></Card></>;
  }
  const sorted = [...cases.data].sort(byUrgency);
  const running = sorted.filter(({ state }) => !OVER.includes(state));
  const answered = sorted.filter(({ state }) => OVER.includes(state)).reverse();
  return (
    <>
      {head}
      <div className="cols halved">
        <Cases title={t("cases.running")} empty={t("cases.running.empty")} items={running} />
        <Cases title={t("cases.answered")} empty={t("cases.answered.empty")} items={answered} />
      </div>
    </>
  );
}

function Cases({ title, empty, items }: { title: string; empty: string; items: Line[] }): ReactElement {
  const { t } = useText();
  return (
    <Card title={title} aside={t("desk.count", { count: items.length })} flush>
      {items.length === 0 ? <Empty title={empty} /> : <ul className="rows">{items.map((one) => <CaseRow key={one.id} one={one} />)}</ul>}
    </Card>
  );
}
