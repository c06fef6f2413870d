/** The files of a case, and how one is sent. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { address, api } from "../../../lib/api";
import { http } from "../../../lib/http";
import { POLLED } from "../../../lib/polled";
import { CASES } from "../api";
import type { CaseFile, Sending } from "./model";
import { Sender } from "./sender";

const OF_CASE = "/api/consultations/{consultation}/files";

const filesOf = async (id: string, signal?: AbortSignal): Promise<CaseFile[]> =>
  (await api.get(OF_CASE, { path: { consultation: id }, ...(signal ? { signal } : {}) })).items;

export function useFiles(id: string): UseQueryResult<CaseFile[]> {
  return useQuery({ queryKey: [...CASES, id, "files"], queryFn: ({ signal }) => filesOf(id, signal), ...POLLED });
}

/** Says yes to a file that could not be looked at, or lets go of one's own. */
export function useFileAct(id: string): UseMutationResult<unknown, Error, { act: "open" | "drop"; file: string }> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ act, file }) => api.post(`/api/files/{file}/${act}`, { path: { file } }),
    onSettled: () => client.invalidateQueries({ queryKey: [...CASES, id, "files"] }),
  });
}

const senders = new Map<string, Sender>();

/** The sender of a case, one for as long as the page lives. */
function senderOf(id: string): Sender {
  const found = senders.get(id) ?? new Sender({
    known: async (mark) => (await filesOf(id)).find((one) => one.mark === mark && one.state === "coming"),
    begin: ({ name, size }, mark) => api.post(OF_CASE, { path: { consultation: id }, body: { name: name.slice(0, 1000), bytes: size, mark } }),
    piece: async (file, at, body, signal) => (await http.file<{ got: number }>(address("/api/pieces/{file}", { path: { file }, query: { at } }), body, signal)).got,
    drop: (file) => api.post("/api/files/{file}/drop", { path: { file } }),
    now: () => performance.now() / 1000,
    pause: (seconds, signal) => new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
  });
  senders.set(id, found);
  return found;
}

export function useSender(id: string): { items: Sending[]; sender: Sender } {
  const sender = senderOf(id);
  return { items: useSyncExternalStore(sender.subscribe, sender.snapshot), sender };
}
