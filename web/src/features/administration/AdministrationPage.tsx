/** Who belongs to the region: institutions and the people in them. No clinical data. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { isText, useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { DutyPhone, useHouses } from "../../parts/duty/DutyPhone";
import { useUsers } from "./api";

export function AdministrationPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.administration"));
  const institutions = useHouses();
  const users = useUsers();
  const named = (id: string | null | undefined): string => institutions.data?.find((one) => one.id === id)?.name ?? id ?? "";
  return (
    <>
      <div className="pagehead"><h1>{t("nav.administration")}</h1></div>
      <div className="cols halved">
        <List title={t("admin.institutions")} query={institutions}>
          {(house) => {
            const { id, name, level, parent } = house;
            const word = `level.${level ?? ""}`;
            return (
              <li key={id}>
                <div className="what"><h3>{name}</h3><p className="meta">{named(parent)}</p><DutyPhone house={house} /></div>
                {level && <Tag>{isText(word) ? t(word) : level}</Tag>}
              </li>
            );
          }}
        </List>
        <List title={t("admin.users")} query={users}>
          {({ id, name, display, role, institution, disabled }) => (
            <li key={id}>
              <div className="what">
                <h3>{display || name}</h3>
                <p className="meta">{[name, named(institution)].join(" · ")}</p>
              </div>
              {disabled && <Tag state="tech">{t("admin.disabled")}</Tag>}
              <Tag>{t(`role.${role}`)}</Tag>
            </li>
          )}
        </List>
      </div>
    </>
  );
}

function List<T>({ title, query, children }: { title: string; query: UseQueryResult<T[]>; children: (one: T) => ReactNode }): ReactElement {
  const { t } = useText();
  return (
    <Card title={title} aside={query.data && t("desk.count", { count: query.data.length })} flush>
      {query.isPending ? (
        <Loading what={t("admin.loading")} />
      ) : !query.data ? (
        <ProblemView title={t("admin.failed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data.length === 0 ? (
        <Empty title={t("admin.empty")} />
      ) : (
        <ul className="rows">{query.data.map(children)}</ul>
      )}
    </Card>
  );
}
