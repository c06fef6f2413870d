import { expect, test, vi } from "vitest";
import { Http } from "./http";
import { asProblem, Problem } from "./problem";

interface Sent {
  path: string;
  init: RequestInit;
}

function server(...answers: (Response | Error)[]): { http: Http; sent: Sent[] } {
  const sent: Sent[] = [];
  const http = new Http((input, init) => {
    sent.push({ path: String(input), init: init ?? {} });
    const answer = answers.shift();
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer ?? new Error("nothing left to answer"));
  });
  return { http, sent };
}

const problem = (status: number, code: string, facts: object = {}): Response =>
  new Response(JSON.stringify({ status, code, ...facts }), { status, headers: { "Content-Type": "application/problem+json" } });
const fine = (body: unknown): Response => new Response(JSON.stringify(body), { status: 200 });
const header = ({ init }: Sent, name: string): string | undefined => (init.headers as Record<string, string>)[name];

test("unsafe requests carry the token, reads do not", async () => {
  const { http, sent } = server(fine({}), fine({}));
  http.keepToken("t1");
  await http.get("/api/me");
  await http.post("/api/x", {});
  expect(sent.map((one) => header(one, "X-CSRF-Token"))).toEqual([undefined, "t1"]);
});

test("a refusal keeps its code, place and facts", async () => {
  const { http } = server(problem(422, "consent.outdated", { place: "consent.version", current: "2026-2" }));
  const found = asProblem(await http.post("/api/consultations").catch((error: unknown) => error));
  expect([found.status, found.code, found.place, found.facts.current]).toEqual([422, "consent.outdated", "consent.version", "2026-2"]);
});

test("FHIR's voice is understood as well", async () => {
  const outcome = { resourceType: "OperationOutcome", issue: [{ code: "invalid", expression: ["name"], details: { coding: [{ code: "fhir.unknown_parameter" }], text: "没有这个检索参数" } }] };
  const { http } = server(new Response(JSON.stringify(outcome), { status: 422 }));
  const found = asProblem(await http.get("/fhir/R4/Patient").catch((error: unknown) => error));
  expect([found.code, found.place, found.facts.title]).toEqual(["fhir.unknown_parameter", "name", "没有这个检索参数"]);
});

test("an answer that is no JSON is still a problem, by its status", async () => {
  const { http } = server(new Response("<html>", { status: 502 }));
  await expect(http.get("/api/me")).rejects.toMatchObject({ code: "http.502" });
});

test("a request that the page itself gave up is no problem to tell", async () => {
  const { http } = server(new DOMException("left", "AbortError"));
  await expect(http.get("/api/me")).rejects.toMatchObject({ name: "AbortError" });
});

test("nobody answering is a problem of its own", async () => {
  const { http } = server(new TypeError("fetch failed"));
  await expect(http.get("/api/me")).rejects.toMatchObject({ code: "network.unreachable", status: 0 });
});

test("a stale factor is asked for, and the same request goes again with the new token", async () => {
  const { http, sent } = server(problem(403, "factor.stale"), fine({ id: "c1" }));
  const stepUp = vi.fn(() => {
    http.keepToken("t2");
    return Promise.resolve(true);
  });
  http.connect({ signedOut: () => undefined, stepUp });
  await expect(http.post("/api/sign", { name: "x" })).resolves.toEqual({ id: "c1" });
  expect(stepUp).toHaveBeenCalledTimes(1);
  expect(sent.map(({ init }) => init.body)).toEqual([sent[0]?.init.body, sent[0]?.init.body]);
  expect(header(sent[1] as Sent, "X-CSRF-Token")).toBe("t2");
});

test("who does not show the factor is refused, and it is not asked twice", async () => {
  const { http, sent } = server(problem(403, "factor.stale"));
  http.connect({ signedOut: () => undefined, stepUp: () => Promise.resolve(false) });
  await expect(http.post("/api/sign")).rejects.toBeInstanceOf(Problem);
  expect(sent).toHaveLength(1);
});

test("the end of the session leads to the login, a wrong password does not", async () => {
  const { http } = server(problem(401, "auth.unknown"), problem(401, "auth.wrong"));
  const signedOut = vi.fn();
  http.connect({ signedOut, stepUp: () => Promise.resolve(false) });
  await expect(http.get("/api/consultations")).rejects.toBeInstanceOf(Problem);
  await expect(http.post("/auth/login")).rejects.toBeInstanceOf(Problem);
  expect(signedOut).toHaveBeenCalledTimes(1);
});

test("slowed attempts say for how long, by fact or by header", async () => {
  const late = new Response("{}", { status: 429, headers: { "Retry-After": "7" } });
  const { http } = server(problem(429, "auth.slow_down", { retry_after_s: 4 }), late);
  await expect(http.post("/auth/login")).rejects.toMatchObject({ retryAfterS: 4 });
  await expect(http.post("/auth/login")).rejects.toMatchObject({ retryAfterS: 7 });
});
