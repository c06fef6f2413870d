/** Who belongs to the region: institutions and the people in them, found by name. No clinical data. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Input } from "antd";
import { useDeferredValue, useState, type ReactElement, type ReactNode } from "react";
import { isText, useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { speaksOf } from "../../lib/typed";
import { Card } from "../../ui/Card";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
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
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed);
  return (
    <>
      <div className="pagehead"><h1>{t("nav.administration")}</h1></div>
      <Card>
        <Field label={t("admin.search")}>
          <Input
            size="large" type="search" allowClear value={typed} prefix={<Icon name="search" />} placeholder={t("admin.search.example")}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      </Card>
      <div className="cols halved">
        <List title={t("admin.institutions")} query={institutions} fits={({ name, parent }) => speaksOf(wanted, name, named(parent))}>
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
        <List title={t("admin.users")} query={users} fits={({ name, display, institution }) => speaksOf(wanted, name, display, named(institution))}>
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

interface ListProps<T> {
  title: string;
  query: UseQueryResult<T[]>;
  /** Whether one is among those looked for. */
  fits(one: T): boolean;
  children(one: T): ReactNode;
}

function List<T>({ title, query, fits, children }: ListProps<T>): ReactElement {
  const { t } = useText();
  const found = query.data?.filter(fits);
  return (
    <Card title={title} aside={found && t("desk.count", { count: found.length })} flush>
      {query.isPending ? (
        <Loading what={t("admin.loading")} />
      ) : !found ? (
        <ProblemView title={t("admin.failed")} error={query.error} onRetry={() => void query.refetch()} />
      ) : found.length === 0 ? (
        <Empty title={t(query.data?.length ? "admin.none" : "admin.empty")} />
      ) : (
        <ul className="rows">{found.map(children)}</ul>
      )}
    </Card>
  );
}
