/** Groups by size, a bar each; few stand last, without a bar. */
import type { ReactElement } from "react";
import type { Schemas } from "../../lib/api";
import { useText } from "../../lib/i18n";
import { Card } from "../../ui/Card";
import { counted } from "./model";

interface Props {
  title: string;
  groups: Schemas["TotalsGroup"][];
  few: number;
  most?: number;
  empty?: string;
}

export function Ranked({ title, groups, few, most = groups.length, empty = "—" }: Props): ReactElement {
  const { t } = useText();
  const largest = Math.max(1, ...groups.map(({ cases }) => cases ?? 0));
  const aside = groups.length > most ? t("totals.first", { most, all: groups.length }) : undefined;
  return (
    <Card title={title} {...(aside ? { aside } : {})}>
      {groups.length === 0 ? (
        <p className="meta">{empty}</p>
      ) : (
        <ul className="ranked num">
          {groups.slice(0, most).map((one) => (
            <li key={one.id}>
              <span className="name">{one.name || one.id}</span>
              <span className="long" aria-hidden="true"><i style={{ width: `${((one.cases ?? 0) / largest) * 100}%` }} /></span>
              <b>{counted(one.cases, few)}</b>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
