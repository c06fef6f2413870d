/** Login, factors, the session's end. */
import { api, type Schemas } from "../../lib/api";
import { askKey, makeKey } from "../../lib/webauthn";
import type { Answer } from "./model";

export const logIn = (name: string, password: string): Promise<Answer> => api.post("/auth/login", { body: { name, password } });

export const giveCode = (code: string): Promise<Answer> => api.post("/auth/factor", { body: { kind: "totp", code } });

export async function giveKey(): Promise<Answer> {
  const options = await api.post("/auth/factor/webauthn/options", {});
  return api.post("/auth/factor", { body: { kind: "webauthn", credential: await askKey(options) } });
}

export const enrolCode = (): Promise<Schemas["EnrolAnswer"]> => api.post("/auth/enrol", { body: { kind: "totp" } });

export async function enrolKey(): Promise<Schemas["EnrolAnswer"]> {
  const options = await api.post("/auth/enrol/webauthn/options", {});
  return api.post("/auth/enrol", { body: { kind: "webauthn", credential: await makeKey(options) } });
}

export const changePassword = (old: string, next: string): Promise<Answer> =>
  api.post("/auth/password", { body: { old, new: next } });

export const recover = (name: string, code: string, password: string): Promise<undefined> =>
  api.post("/auth/recovery", { body: { name, code, password } });

export const answerRing = (name: string, code: string): Promise<Schemas["Taken"]> => api.post("/auth/answer", { body: { name, code } });

/** The same by the touch of a security key. */
export async function answerRingByKey(name: string): Promise<Schemas["Taken"]> {
  const credential = await askKey(await api.post("/auth/answer/options", { body: { name } }));
  return api.post("/auth/answer", { body: { name, credential } });
}

export const sayPresence = (state: Schemas["Me"]["presence"]): Promise<unknown> => api.put("/api/me/presence", { body: { state } });

export const logOut = (): Promise<unknown> => api.post("/auth/logout", {});
