/** A message's segments, each field with its number, its name and what it says; where the fault stands is marked. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { isText, useText } from "../../lib/i18n";
import { Shape } from "../../ui/Shape";
import { shownFields, type Fault, type Segment } from "./model";

const LONG = 600;

export function Segments({ segments, fault }: { segments: Segment[]; fault: Fault | null }): ReactElement {
  return (
    <ol className="segments">
      {segments.map((segment, index) => (
        <One key={index} segment={segment} fault={fault?.segment === index ? fault : null} />
      ))}
    </ol>
  );
}

function One({ segment, fault }: { segment: Segment; fault: Fault | null }): ReactElement {
  const { t } = useText();
  const name = `hl7.${segment.name}`;
  const whole = fault !== null && fault.field === undefined;
  return (
    <li className={whole ? "bad" : ""} {...(whole ? { id: "fault", tabIndex: -1 } : {})}>
      <h3><span className="num">{segment.name}</span> <span className="beside">{isText(name) ? t(name) : ""}</span>{whole && <Here />}</h3>
      <dl>
        {shownFields(segment, fault).map(({ number, text }) => (
          <FieldRow key={number} segment={segment.name} number={number} text={text} bad={fault?.field === number} />
        ))}
      </dl>
    </li>
  );
}

function FieldRow({ segment, number, text, bad }: { segment: string; number: number; text: string; bad: boolean }): ReactElement {
  const { t } = useText();
  const row = useRef<HTMLDivElement>(null);
  const [all, setAll] = useState(false);
  const name = `hl7.${segment}.${number}`;
  // The fault is what the page was opened for
  useEffect(() => {
    if (bad) row.current?.scrollIntoView({ block: "nearest" });
  }, [bad]);
  const cut = !all && text.length > LONG;
  return (
    <div ref={row} className={bad ? "bad" : ""} {...(bad ? { id: "fault", tabIndex: -1 } : {})}>
      <dt>{number > 0 && <span className="num">{`${segment}-${number}`}</span>} <span>{isText(name) ? t(name) : ""}</span></dt>
      <dd>
        {text ? <code>{cut ? text.slice(0, LONG) : text}</code> : <span className="meta">{t("exchange.field.empty")}</span>}
        {cut && (
          <button type="button" className="btn quiet" onClick={() => setAll(true)}>{t("exchange.field.all", { count: text.length })}</button>
        )}
        {bad && <Here />}
      </dd>
    </div>
  );
}

function Here(): ReactElement {
  const { t } = useText();
  return <span className="here"><Shape state="medium" size={16} />{t("exchange.fault")}</span>;
}
