/** Draws a whiteboard as it was; nobody draws on it. */
import { CaptureUpdateAction, Excalidraw } from "@excalidraw/excalidraw";
import "@excalidraw/excalidraw/index.css";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useEffect, useState, type ReactElement } from "react";
import type * as Y from "yjs";
import { useText } from "../../../lib/i18n";
import { drawn, pictures } from "./scene";

/** `count`: after how many updates `doc` stands. */
export default function Past({ doc, count }: { doc: Y.Doc; count: number }): ReactElement {
  const { lang } = useText();
  const [api, setApi] = useState<ExcalidrawImperativeAPI>();
  const [isReady, setReady] = useState(false); // what is put down before is lost
  useEffect(() => {
    if (!api || !isReady) return;
    api.updateScene({ elements: drawn(doc), captureUpdate: CaptureUpdateAction.NEVER });
    api.addFiles(pictures(doc)); // they are drawn for what is there already
    api.scrollToContent(undefined, { fitToContent: true });
  }, [api, isReady, doc, count]);
  return <div className="canvas"><Excalidraw excalidrawAPI={setApi} onChange={() => setReady(true)} viewModeEnabled zenModeEnabled langCode={lang === "zh" ? "zh-CN" : "en"} /></div>;
}
