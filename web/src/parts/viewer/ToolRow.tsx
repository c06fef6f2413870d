import type { ReactElement, ReactNode } from "react";
import { useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import type { IconName } from "../../ui/Icon";
import type { Tool } from "./pane";
import type { Marks } from "./useMarks";

const LOOKING: [Tool, IconName, string][] = [["turn", "stack", "S"], ["window", "contrast", "W"], ["pan", "move", "P"], ["zoom", "zoom", "Z"]];
const MARKING: [Tool, IconName, string][] = [["length", "ruler", "L"], ["angle", "angle", "A"], ["ellipse", "ellipse", "E"]];

interface Props {
  tool: Tool;
  onTool(tool: Tool): void;
  marks: Marks;
  isKey: boolean;
  onKey(): void;
  children: ReactNode;
}

/** The tools of the first button and of one finger, each with its key; then the slider. */
export function ToolRow({ tool, onTool, marks, isKey, onKey, children }: Props): ReactElement {
  const { t } = useText();
  const row = marks.writable ? [...LOOKING, ...MARKING] : LOOKING;
  return (
    <div className="toolrow">
      <div className="tools" role="group" aria-label={t("viewer.tools")}>
        {row.map(([each, icon, key]) => (
          <Button
            key={each} kind="quiet" icon={icon} className={each === tool ? "on" : ""} aria-pressed={each === tool} aria-keyshortcuts={key}
            aria-label={t("viewer.tool.key", { tool: t(`viewer.tool.${each}`), key })} title={t("viewer.tool.key", { tool: t(`viewer.tool.${each}`), key })}
            onClick={() => onTool(each)}
          />
        ))}
        {marks.writable && (
          <>
            <Button
              kind="quiet" icon="star" className={isKey ? "on" : ""} aria-pressed={isKey} aria-keyshortcuts="K"
              aria-label={t("viewer.tool.key", { tool: t("viewer.key"), key: "K" })} title={t("viewer.tool.key", { tool: t("viewer.key"), key: "K" })} onClick={onKey}
            />
            <Button
              kind="quiet" icon="undo" aria-label={t("viewer.undo")} title={t("viewer.undo")} aria-keyshortcuts="U Control+Z"
              aria-disabled={marks.undo === undefined} onClick={() => marks.undo?.()}
            />
          </>
        )}
      </div>
      <div className="scrub">{children}</div>
    </div>
  );
}
