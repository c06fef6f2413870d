/** What somebody brought, as far as a browser shows it: a picture, a film that can be wound, else a link. */
import { useState, type ReactElement } from "react";
import { isText, useText } from "../../lib/i18n";
import { Icon } from "../../ui/Icon";
import { mediaOf, sizeOf } from "./model";
import "./uploads.css";

interface Props {
  /** Where it is read. */
  address: string;
  title: string;
  type: string;
  bytes: number | null;
}

export function Attached({ address, title, type, bytes }: Props): ReactElement {
  const { t } = useText();
  const [broken, setBroken] = useState(false);
  const media = broken ? "paper" : mediaOf(type);
  const kind = `file.kind.${type}`;
  return (
    <figure className="attached">
      {media === "video" && <video src={address} controls preload="metadata" aria-label={title} onError={() => setBroken(true)} />}
      {media === "image" && <a href={address} target="_blank" rel="noopener noreferrer" aria-label={title}><img src={address} alt="" loading="lazy" onError={() => setBroken(true)} /></a>}
      {media === "paper" && <Icon name="file" size={30} />}
      <figcaption>
        <a href={address} target="_blank" rel="noopener noreferrer">{title || t("file.paper")}</a>
        <span className="meta num">{[isText(kind) ? t(kind) : "", bytes === null ? "" : sizeOf(bytes)].filter(Boolean).join(" · ")}</span>
      </figcaption>
    </figure>
  );
}

/** Where a document's file is read; the server says what may be. */
export const documentAddress = (patient: string, type: string, id: string, number: number): string =>
  `/api/patients/${encodeURIComponent(patient)}/documents/${type}/${encodeURIComponent(id)}/${number}`;
