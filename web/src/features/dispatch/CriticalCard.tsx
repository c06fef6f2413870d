/** A critical finding that nobody read back in time: whom to call, whom to bring to the telephone, who sees to it. */
import type { ReactElement } from "react";
import { minutes } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { sinceS } from "../../parts/ring/model";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { Trouble } from "../../ui/views";
import { useTakeCritical } from "./api";
import { held, unheld, type Critical } from "./model";

export function CriticalCard({ one, me, still }: { one: Critical; me: string; still: boolean }): ReactElement {
  const { t } = useText();
  const now = useNow(1000);
  const take = useTakeCritical(one.consultation);
  const hold = held(one, me);
  const place = one.asker.institution.name;
  const aside = still ? undefined : t("dispatch.critical.since", { time: minutes(sinceS(one.raised_at, now), true) });
  return (
    <Card
      ofMany className={unheld(one) ? "dispatch loud" : "dispatch"} {...(aside ? { aside } : {})}
      title={t("dispatch.from", { place, department: one.department.name })}
    >
      <div className="row">
        <Tag state="high">{t("dispatch.critical")}</Tag>
        {hold === "mine" && <Tag state="brand">{t("dispatch.mine")}</Tag>}
        {hold === "theirs" && <Tag state="brand">{t("dispatch.theirs", { name: one.taken_by?.name ?? "" })}</Tag>}
      </div>
      <p className="question">{t("dispatch.critical.what", { signer: one.signer.name, asker: one.asker.name })}</p>
      {one.call_back ? (
        <div className="row">
          <a className="btn num" href={`tel:${one.call_back.replaceAll(/[^\d+]/g, "")}`}>
            <Icon name="phone" />{t("dispatch.critical.number", { place })} {one.call_back}
          </a>
        </div>
      ) : (
        <p className="meta">{t("dispatch.critical.nonumber", { place })}</p>
      )}
      {hold === "nobodys" && (
        <div className="row"><Button kind="primary" onClick={() => take.mutate()} busy={take.isPending}>{t("dispatch.take")}</Button></div>
      )}
      <Trouble error={take.error} />
    </Card>
  );
}
