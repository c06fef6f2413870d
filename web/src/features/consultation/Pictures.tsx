/** A case's studies, with what the experts mark on them. */
import { useMemo, useState, type ReactElement, type ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { StackViewer } from "../../parts/viewer/StackViewer";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/views";
import { Follow } from "./Follow";
import { LedBar } from "./LedBar";
import { useLed, type Led } from "./led";
import { UNDER_WAY, type Case } from "./model";
import { useReading } from "./reading";

/** `children`: what else one does with the picture that stands there. */
export function Pictures({ one, settling, children }: { one: Case; settling: boolean; children?: ReactNode }): ReactElement {
  const { t } = useText();
  const [chosen, setChosen] = useState(one.studies[0]?.id);
  const led = useLed(one);
  const followed = led.together?.led?.study;
  const [last, setLast] = useState<string>();
  if (followed !== last) {
    setLast(followed);
    if (followed) setChosen(followed); // and stays when one is led no more
  }
  const study = one.studies.find(({ id }) => id === chosen) ?? one.studies[0];
  if (one.patient.masked) {
    const words = UNDER_WAY.includes(one.state) ? "case.closed.before" : "case.closed.after";
    return <Card title={t("case.studies")}><Empty icon="lock" title={t("case.closed")}>{t(words)}</Empty></Card>;
  }
  if (!study) return <Card title={t("case.studies")}><Empty icon="image" title={t("case.studies.none")} /></Card>;
  return (
    <div className="pictures">
      {one.studies.length > 1 && (
        <div className="row" role="group" aria-label={t("case.studies")}>
          {one.studies.map(({ id, title, instances }) => (
            <button
              key={id} type="button" className={id === study.id ? "btn chosen" : "btn"} aria-pressed={id === study.id}
              onClick={() => {
                led.together?.breaks();
                setChosen(id);
              }}
            >
              {title || study.modality} {instances !== undefined && <span className="meta num">{instances}</span>}
            </button>
          ))}
        </div>
      )}
      <Marked one={one} study={study} settling={settling} led={led}>{children}</Marked>
    </div>
  );
}

/** The pictures with what the invited experts mark on them; who only looks may measure, and keeps nothing. */
function Marked({ one, study, settling, led, children }: { one: Case; study: Case["studies"][number]; settling: boolean; led: Led; children: ReactNode }): ReactElement {
  const others = useMemo(
    () => one.studies.filter(({ id }) => id !== study.id).map(({ id, title, modality }) => ({ id, title: title || modality })),
    [one.studies, study.id],
  );
  const shown = {
    study: study.id, title: study.title || study.modality || "", arriving: study.arriving ?? false, objects: study.instances, settling, others, together: led.together,
    children: children ? <div className="row"><LedBar led={led} />{children}</div> : <LedBar led={led} />,
  };
  return (
    <>
      <Follow channel={`patient/${one.patient.id}`} />
      {one.acts.includes("write") && <Follow channel={`reading/${one.id}`} />}
      {one.acts.includes("write") ? <Shared key={study.id} id={one.id} {...shown} /> : <StackViewer key={study.id} {...shown} />}
    </>
  );
}

function Shared({ id, ...shown }: { id: string } & Parameters<typeof StackViewer>[0]): ReactElement {
  return <StackViewer {...shown} kept={useReading(id)} />;
}
