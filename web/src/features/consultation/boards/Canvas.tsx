/** What draws the whiteboard: Excalidraw over the document that all write. */
import { CaptureUpdateAction, Excalidraw, convertToExcalidrawElements, exportToBlob, reconcileElements, serializeAsJSON } from "@excalidraw/excalidraw";
import "@excalidraw/excalidraw/index.css";
import type { ExcalidrawElement, FileId } from "@excalidraw/excalidraw/element/types";
import type { AppState, BinaryFileData, DataURL, ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useCallback, useEffect, useState, type ReactElement } from "react";
import type * as Y from "yjs";
import { newKey } from "../../../lib/ids";
import { useText } from "../../../lib/i18n";
import { useMe } from "../../../lib/me";
import { Button } from "../../../ui/Button";
import { useSender } from "../files/api";
import { arrived, frozen, type Still } from "./carried";
import { draw, drawn, follow, newer, pictures } from "./scene";

interface Props {
  id: string;
  doc: Y.Doc;
  isOpen: boolean;
}

export default function Canvas({ id, doc, isOpen }: Props): ReactElement {
  const { t, lang } = useText();
  const me = useMe().data?.name ?? "";
  const [api, setApi] = useState<ExcalidrawImperativeAPI>();
  const [author, setAuthor] = useState("");
  useEffect(() => {
    if (!api) return;
    const show = (): void => {
      const here = api.getSceneElementsIncludingDeleted();
      api.updateScene({ elements: reconcileElements(here, newer(doc, here) as never, api.getAppState()), captureUpdate: CaptureUpdateAction.NEVER });
      api.addFiles(pictures(doc)); // they are drawn for what is there already
    };
    return follow(doc, show);
  }, [api, doc]);
  const changed = useCallback((elements: readonly ExcalidrawElement[], { selectedElementIds }: AppState) => {
    if (api && isOpen) {
      draw(doc, elements, api.getFiles(), me);
      const still = arrived(id); // the first change is told when the board is ready: what is put down before is lost
      if (still) put(api, still);
    }
    const chosen = elements.filter((one) => selectedElementIds[one.id]);
    setAuthor([...new Set(chosen.map((one) => String(one.customData?.by ?? me)))].join(t("list.comma")));
  }, [api, doc, id, isOpen, me, t]);
  return (
    <>
      <div className="canvas">
        <Excalidraw
          excalidrawAPI={setApi} onChange={changed} viewModeEnabled={!isOpen} langCode={lang === "zh" ? "zh-CN" : "en"}
          initialData={{ elements: drawn(doc), files: Object.fromEntries(pictures(doc).map((one) => [one.id, one])), scrollToContent: true }}
          UIOptions={{ canvasActions: { loadScene: false, saveToActiveFile: false, export: false, toggleTheme: false } }}
        />
      </div>
      {author && <p className="meta">{t("board.drawn", { who: author })}</p>}
      {api && <Tools id={id} api={api} isOpen={isOpen} />}
    </>
  );
}

const GAP = 40, WORDS = 20;

/** Puts a picture down under all strokes, beside what is there, with what it is of below it. */
function put(api: ExcalidrawImperativeAPI, { picture, width, height, words }: Still): void {
  const file = { id: newKey() as FileId, dataURL: picture as DataURL, mimeType: "image/jpeg", created: Date.now() } as BinaryFileData;
  const there = api.getSceneElements();
  const x = there.length > 0 ? Math.max(...there.map((one) => one.x + one.width)) + GAP : 0;
  const image = { type: "image" as const, fileId: file.id, status: "saved" as const, x, y: 0, width, height };
  const below = words ? [{ type: "text" as const, text: words, fontSize: WORDS, x, y: height + WORDS / 2 }] : [];
  const fresh = convertToExcalidrawElements([image, ...below]);
  api.updateScene({ elements: [...fresh, ...api.getSceneElementsIncludingDeleted()], captureUpdate: CaptureUpdateAction.IMMEDIATELY });
  api.addFiles([file]);
  api.scrollToContent(fresh, { fitToContent: true });
}

function Tools({ id, api, isOpen }: { id: string; api: ExcalidrawImperativeAPI; isOpen: boolean }): ReactElement {
  const { t, lang } = useText();
  const { sender } = useSender(id);
  const [said, setSaid] = useState("");
  const save = async (): Promise<void> => {
    const [elements, files, appState] = [api.getSceneElements(), api.getFiles(), api.getAppState()];
    const name = `${t("board.title")} ${new Date().toLocaleString(lang, { dateStyle: "short", timeStyle: "short" }).replaceAll(/[/:]/g, "-")}`;
    const picture = await exportToBlob({ elements, files, appState: { ...appState, exportBackground: true }, mimeType: "image/png" });
    sender.add([new File([picture], `${name}.png`, { type: "image/png" }), new File([serializeAsJSON(elements, appState, files, "local")], `${name}.excalidraw`)]);
    setSaid(t("board.saved"));
  };
  const freeze = (): void => {
    const videos = [...document.querySelectorAll<HTMLVideoElement>("video:not([hidden])")].filter(({ videoWidth }) => videoWidth > 0);
    const video = videos.sort((a, b) => b.clientWidth - a.clientWidth)[0];
    if (!video) return setSaid(t("board.no_picture"));
    put(api, frozen(video));
    setSaid("");
  };
  return (
    <div className="row">
      {isOpen && <Button icon="image" onClick={freeze}>{t("board.freeze")}</Button>}
      {isOpen && <Button icon="file" onClick={() => void save()}>{t("board.save")}</Button>}
      <span role="status">{said}</span>
    </div>
  );
}
