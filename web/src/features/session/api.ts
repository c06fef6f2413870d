/** Login, factors, the session's end, presence. */
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { http } from "../../lib/http";
import { ME, type Me, type Presence } from "../../lib/me";
import { askKey, makeKey, type CreationJson, type RequestJson } from "../../lib/webauthn";
import type { Answer } from "./model";

export const logIn = (name: string, password: string): Promise<Answer> => http.post("/auth/login", { name, password });

export const giveCode = (code: string): Promise<Answer> => http.post("/auth/factor", { kind: "totp", code });

export async function giveKey(): Promise<Answer> {
  const options = await http.post<RequestJson>("/auth/factor/webauthn/options");
  return http.post("/auth/factor", { kind: "webauthn", credential: await askKey(options) });
}

export interface TotpSecret {
  secret: string;
  uri: string;
}

export const enrolCode = (): Promise<TotpSecret> => http.post("/auth/enrol", { kind: "totp" });

export async function enrolKey(): Promise<Answer> {
  const options = await http.post<CreationJson>("/auth/enrol/webauthn/options");
  return http.post("/auth/enrol", { kind: "webauthn", credential: await makeKey(options) });
}

export const changePassword = (old: string, next: string): Promise<Answer> => http.post("/auth/password", { old, new: next });

export const recover = (name: string, code: string, password: string): Promise<Answer> =>
  http.post("/auth/recovery", { name, code, password });

export const logOut = (): Promise<void> => http.post("/auth/logout");

export function usePresence(): UseMutationResult<unknown, Error, Presence> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (state: Presence) => http.put("/api/me/presence", { state }),
    onSuccess: (_, state) => client.setQueryData<Me>(ME, (me) => me && { ...me, presence: state }),
  });
}
