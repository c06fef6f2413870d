/** Who looked at the file, when, and what for. The patient sees the same. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../../lib/api";
import { fhirMoment } from "../../../lib/format";
import { isText, useText, type T } from "../../../lib/i18n";
import { useTitle } from "../../../lib/title";
import { Card } from "../../../ui/Card";
import { Icon } from "../../../ui/Icon";
import { Empty, Loading, ProblemView } from "../../../ui/views";
import { useLookers, useSight } from "./api";
import { FileCard, More } from "./FileCard";
import { FileHead, useWhose } from "./FileHead";
import "./file.css";

type Looked = Schemas["Looked"];

export function LookersCard({ id, base, mine }: { id: string; base: string; mine: boolean }): ReactElement {
  const { t } = useText();
  const query = useSight(id);
  return (
    <FileCard
      query={query} title={t("file.lookers")} loading={t("file.lookers.loading")} failed={t("file.lookers.failed")} className="in-lookers" lines={3}
      aside={() => (mine ? t("file.lookers.mine") : t("file.lookers.too"))}
      footer={({ looked }) => looked.length > 0 && <Link className="btn quiet" to={`${base}/lookers`}>{t("file.lookers.all")}<Icon name="right" /></Link>}
    >
      {({ looked }) => (looked.length === 0 ? <Empty icon="people" title={t("file.lookers.empty")} /> : <Rows items={looked} />)}
    </FileCard>
  );
}

export function LookersPage({ mine }: { mine?: string }): ReactElement {
  const { t } = useText();
  useTitle(t("file.lookers"));
  const { id, base } = useWhose(mine);
  const query = useLookers(id);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <FileHead id={id} back={base} />
      <Card title={t("file.lookers")} aside={mine === undefined ? t("file.lookers.too") : t("file.lookers.mine")} className="file-card" flush>
        {query.isPending ? (
          <Loading what={t("file.lookers.loading")} lines={8} />
        ) : !query.data ? (
          <ProblemView title={t("file.lookers.failed")} error={query.error} onRetry={() => void query.refetch()} />
        ) : items.length === 0 ? (
          <Empty icon="people" title={t("file.lookers.empty")} />
        ) : (
          <Rows items={items} />
        )}
        <More query={query} />
      </Card>
    </>
  );
}

/** A machine has no name, and whoever has none published is known by their role. */
function called(one: Looked, t: T): string {
  if (one.self) return t("file.you");
  if (one.who === "machine") return t("file.machine");
  const role = `role.${one.role}`;
  return one.name || (isText(role) ? t(role) : one.role);
}

function Rows({ items }: { items: Looked[] }): ReactElement {
  const { t, lang } = useText();
  return (
    <ul className="looked">
      {items.map((one, index) => {
        const purpose = `file.purpose.${one.purpose}`;
        return (
          <li key={index}>
            <time className="num meta" dateTime={one.at}>{fhirMoment(one.at, new Date(), lang)}</time>
            <span className="what">{[called(one, t), one.houses[0]].filter(Boolean).join(" · ")}</span>
            <span className="meta">{isText(purpose) ? t(purpose) : one.purpose}</span>
          </li>
        );
      })}
    </ul>
  );
}
