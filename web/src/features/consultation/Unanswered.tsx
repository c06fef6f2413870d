/** Nobody answered an emergency: what the asker does now, on the case's page and on top of every other. */
import type { ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { useCases } from "./api";
import { useFollow } from "./Follow";
import type { Ring } from "./model";
import "./consultation.css";

/** Nobody answered in time, or nobody can be called: whom to call now, and who has it in hand. */
export function Unanswered({ ring }: { ring: Ring }): ReactElement {
  const { t } = useText();
  return (
    <div className="unanswered">
      <p><b>{t(ring.called.length > 0 ? "ring.over.asker" : "ring.nobody.asker")}</b></p>
      <p>
        {ring.number === "" ? t("ring.number.none") : <>{t("ring.number")} <a className="num" href={`tel:${ring.number.replaceAll(/[^\d+]/g, "")}`}>{ring.number}</a></>}
      </p>
      <p>{ring.taken_by ? t("ring.taken", { name: ring.taken_by.name }) : t("ring.alarmed")}</p>
    </div>
  );
}

/** On top of every page but the case's own: whoever asked may be with the patient's file meanwhile. */
export function UnansweredCalls(): ReactElement {
  const { t } = useText();
  useFollow("me");
  const here = useLocation().pathname;
  const cases = useCases();
  const open = (cases.data ?? []).filter(({ id, state, ring }) => state === "ringing" && ring?.alarmed && here !== `/cases/${id}`);
  return (
    <>
      {open.map((one) => (
        <section key={one.id} className="where high" role="alert">
          <Shape state="high" size={34} />
          <div className="grow">
            <h2>{one.department.name} · {one.patient.name}</h2>
            {one.ring && <Unanswered ring={one.ring} />}
          </div>
          <Link to={`/cases/${one.id}`} className="btn">{t("unanswered.open")}</Link>
        </section>
      ))}
    </>
  );
}
