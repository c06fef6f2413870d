/** One's own account: who one is here, where, and how one logs in. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { hasKeys } from "../../lib/webauthn";
import type { Me } from "../../lib/me";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Shape } from "../../ui/Shape";
import { Trouble } from "../../ui/views";
import { enrolKey } from "./api";
import { NewPassword } from "./NewPassword";

export function AccountPage({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  const [changing, setChanging] = useState(false);
  const [changed, setChanged] = useState(false);
  const key = useMutation({ mutationFn: enrolKey });
  return (
    <>
      <div className="pagehead">
        <h1>{t("account.title")}</h1>
      </div>
      <div className="cols account">
        <Card title={me.name} aside={t(`role.${me.role}`)}>
          <dl className="facts-list">
            <dt>{t("account.institution")}</dt>
            <dd>{me.institution.name}</dd>
            <dt>{t("account.departments")}</dt>
            <dd>{me.departments.map(({ name }) => name).join(t("list.comma")) || "—"}</dd>
            <dt>{t("account.sees")}</dt>
            <dd>{t(`sees.${me.role}`)}</dd>
          </dl>
        </Card>
        <Card title={t("account.login")}>
          <div className="stack">
            {changed && <p className="row"><Shape state="ok" />{t("account.password.changed")}</p>}
            {changing ? (
              <NewPassword
                onAnswer={() => {
                  setChanged(true);
                  setChanging(false);
                }}
              />
            ) : (
              <div className="row">
                <Button icon="lock" onClick={() => setChanging(true)}>{t("account.password")}</Button>
                <Button
                  icon="key" onClick={() => key.mutate()} {...(key.isPending ? { busy: true } : {})}
                  whyNot={hasKeys() ? undefined : t("factor.key.unable")}
                >
                  {t("account.key")}
                </Button>
              </div>
            )}
            {key.isSuccess && <p className="row"><Shape state="ok" />{t("account.key.added")}</p>}
            <Trouble error={key.error} />
          </div>
        </Card>
      </div>
    </>
  );
}
