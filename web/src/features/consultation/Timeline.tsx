import type { ReactElement } from "react";
import { moment } from "../../lib/format";
import { useCause } from "../../lib/causes";
import { isText, useText } from "../../lib/i18n";
import { nameOf, type Case } from "./model";

export function Timeline({ entries }: { entries: Case["timeline"] }): ReactElement {
  const { t, lang } = useText();
  const cause = useCause();
  const now = new Date();
  return (
    <ol className="timeline">
      {entries.map((entry, index) => {
        const key = `case.did.${entry.what}`;
        return (
          <li key={index}>
            <time className="num" dateTime={entry.at}>{moment(new Date(entry.at), now, lang)}</time>
            <span className="knot" aria-hidden="true" />
            <span>
              {isText(key) ? t(key) : entry.what}{entry.about && <b> {nameOf(entry.about)}</b>}{" "}
              <span className="meta">{nameOf(entry.who)}</span>
              {entry.reason && <span className="reason">{cause(entry.reason)}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
