/** Words of which there may be many: their first lines, and the rest on demand. What is short stands as it is. */
import { useState, type ReactElement } from "react";
import { useText } from "../lib/i18n";
import { Button } from "./Button";

/** So much fits in about six lines of a narrow column. */
const SHORT = { letters: 200, lines: 6 };

export const isLong = (text: string): boolean => text.length > SHORT.letters || text.split("\n").length > SHORT.lines;

export function LongText({ text, className = "" }: { text: string; className?: string }): ReactElement {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  if (!isLong(text)) return <p className={`prose ${className}`}>{text}</p>;
  return (
    <>
      <p className={`prose ${className} ${open ? "" : "cut"}`}>{text}</p>
      <Button kind="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? "text.less" : "text.whole")}</Button>
    </>
  );
}
