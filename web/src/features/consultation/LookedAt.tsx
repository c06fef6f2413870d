/** The images as somebody led the others through them, at a moment of a recording. */
import { useMemo, type ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { StackViewer } from "../../parts/viewer/StackViewer";
import type { Together, View } from "../../parts/viewer/together";
import { Empty } from "../../ui/views";

interface Props {
  view: View | null;
  leader: string;
}

const nothing = (): void => undefined;

export function LookedAt({ view, leader }: Props): ReactElement {
  const { t } = useText();
  const together = useMemo<Together | undefined>(
    () => view ? { led: view, leading: false, pointers: [], strokes: [], looks: nothing, breaks: nothing, points: nothing, draws: nothing } : undefined,
    [view],
  );
  if (!view) return <Empty icon="image" title={t("recordings.images.none")} />;
  return (
    <StackViewer key={view.study} study={view.study} title={t("recordings.images")} together={together}>
      <div className="ledbar"><p className="pill">{t("led.leads", { name: leader || "…" })}</p></div>
    </StackViewer>
  );
}
