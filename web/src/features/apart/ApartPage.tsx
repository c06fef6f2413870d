/** The images that are held in one's house because it is not sure whose they are. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import type { Me } from "../../lib/me";
import { useOldS } from "../../lib/polled";
import { useReason } from "../../lib/reasons";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { useApart, useFollow } from "./api";
import type { Line } from "./model";
import "./apart.css";

export function ApartPage({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  useTitle(t("nav.apart"));
  useFollow(me.institution.id);
  const apart = useApart();
  const oldS = useOldS(apart.dataUpdatedAt);
  return (
    <>
      <div className="pagehead"><h1>{t("nav.apart")}</h1></div>
      {oldS !== null && <Stale ageS={oldS} note={t("apart.stale")} />}
      <Card title={t("nav.apart")} aside={apart.data && t("apart.count", { count: apart.data.length })} flush>
        {apart.isPending ? (
          <Loading what={t("apart.loading")} />
        ) : !apart.data ? (
          <ProblemView title={t("apart.failed")} error={apart.error} onRetry={() => void apart.refetch()} />
        ) : apart.data.length === 0 ? (
          <Empty icon="image" title={t("apart.empty")}>{t("apart.empty.why")}</Empty>
        ) : (
          <>
            <p className="apart-lead">{t("apart.lead")}</p>
            <ul className="rows">{apart.data.map((one) => <Row key={one.id} one={one} />)}</ul>
          </>
        )}
      </Card>
    </>
  );
}

function Row({ one }: { one: Line }): ReactElement {
  const { t, lang } = useText();
  const reason = useReason();
  const { claimed } = one;
  const said = [claimed.name || t("apart.nameless"), claimed.birth_date, claimed.number].filter(Boolean).join(" · ");
  return (
    <li>
      <Link className="rowlink" to={`/apart/${one.id}`}>
        <div className="what">
          <h3>{one.title || t("apart.untitled")} <span className="num beside">{one.modality}</span></h3>
          <p className="num">{said}</p>
          <p className="meta num">{[one.station, moment(new Date(one.last), new Date(), lang)].filter(Boolean).join(" · ")}</p>
          <div className="row tags"><Tag state="medium">{reason(one.reason)}</Tag><Tag>{t("apart.images", { count: one.images })}</Tag></div>
        </div>
        <Icon name="right" />
      </Link>
    </li>
  );
}
