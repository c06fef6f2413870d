/** One board of a case, one document for as long as the page lives; its channel says when others wrote. */
import { useEffect, useSyncExternalStore } from "react";
import { api, type Schemas } from "../../../lib/api";
import { useLive } from "../../../lib/useLive";
import { Together, type View } from "../../../parts/together/together";
import { bytesOf } from "./replay";

export type Kind = "board" | "minutes";
export type Author = Schemas["BoardAuthor"];

const PATH = "/api/consultations/{consultation}/boards/{kind}";
const keep = (state: unknown): unknown => state;
const boards = new Map<string, Together<Author>>();

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function boardOf(consultation: string, kind: Kind): Together<Author> {
  const key = `${consultation}/${kind}`;
  const found = boards.get(key) ?? new Together<Author>({
    read: async (after) => {
      const told = await api.get(PATH, { path: { consultation, kind }, query: { after } });
      return { ...told, update: bytesOf(told.update) };
    },
    write: (update) => api.post(PATH, { path: { consultation, kind }, body: { update: textOf(update) } }),
    after: (seconds, call) => {
      const timer = setTimeout(call, seconds * 1000);
      return () => clearTimeout(timer);
    },
  });
  boards.set(key, found);
  return found;
}

export function useBoard(id: string, kind: Kind): { board: Together<Author>; view: View<Author> } {
  const board = boardOf(id, kind);
  const { seq } = useLive<unknown>(`board/${id}`, keep);
  useEffect(() => void board.pull(), [board, seq]);
  return { board, view: useSyncExternalStore(board.subscribe, board.view) };
}
