/** All referrals of one's own: what comes in, and what goes out; what waits for the reader first. */
import type { ReactElement } from "react";
import { Link } from "react-router";
import { moment } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { useAge } from "../../ui/Who";
import { Empty, Loading, ProblemView, Stale } from "../../ui/views";
import { useOldS } from "../../lib/polled";
import { useFollow, useReferrals } from "./api";
import { byTurn, isOver, receiverOf, waitsForReader, type Line } from "./model";
import { Tags } from "./Tags";

export function ReferralsPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.referrals"));
  useFollow();
  const query = useReferrals();
  const oldS = useOldS(query.dataUpdatedAt);
  const head = <div className="pagehead"><h1>{t("nav.referrals")}</h1></div>;
  if (query.isPending) return <>{head}<Card><Loading what={t("referral.loading")} /></Card></>;
  if (!query.data) {
    return <>{head}<Card><ProblemView title={t("referral.failed")} error={query.error} onRetry={() => void query.refetch()} /></Card></>;
  }
  const sorted = [...query.data].sort(byTurn);
  const running = sorted.filter((one) => !isOver(one));
  const over = sorted.filter(isOver).reverse();
  return (
    <>
      {head}
      {oldS !== null && <Stale ageS={oldS} note={t("referral.stale")} />}
      <div className="cols halved">
        <Some title={t("referral.in")} empty={t("referral.in.empty")} items={running.filter(({ mine }) => !mine)} />
        <Some title={t("referral.out")} empty={t("referral.out.empty")} items={running.filter(({ mine }) => mine)} />
      </div>
      {over.length > 0 && <Some title={t("referral.over")} empty="" items={over} />}
    </>
  );
}

function Some({ title, empty, items }: { title: string; empty: string; items: Line[] }): ReactElement {
  const { t } = useText();
  return (
    <Card title={title} aside={t("referral.count", { count: items.length })} flush>
      {items.length === 0 ? <Empty title={empty} /> : <ul className="rows">{items.map((one) => <Row key={one.id} one={one} />)}</ul>}
    </Card>
  );
}

function Row({ one }: { one: Line }): ReactElement {
  const { t, lang } = useText();
  const age = useAge();
  const { patient } = one;
  const sex = patient.sex === "male" || patient.sex === "female" ? t(`sex.${patient.sex}`) : "";
  const now = new Date();
  return (
    <li>
      <Link className="rowlink" to={`/referrals/${one.id}`}>
        <div className="what">
          <h3>{patient.name} <span className="num beside">{[sex, age(patient.birth_date)].filter(Boolean).join(" ")}</span></h3>
          <p className="asked">{one.reason}</p>
          <p className="meta num">
            {one.house.name} → {receiverOf(one)} · {moment(new Date(one.since), now, lang)}
            {waitsForReader(one) && one.answer_by && <> · <b>{t("referral.answer_by", { when: moment(new Date(one.answer_by), now, lang) })}</b></>}
          </p>
          <div className="row tags"><Tags one={one} /></div>
        </div>
        <Icon name="right" />
      </Link>
    </li>
  );
}
