/** The server's answers without the server. The cookie `mock` says who is in; `fault` makes everything fail. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { WebSocketServer } from "ws";
import * as data from "./answers.ts";
import * as exchanged from "./exchange.ts";
import { file } from "./file.ts";
import { pixels, slice } from "./png.ts";

const PATHS = /^\/(api|auth|fhir|dicom-web)\//;

interface Answer {
  status: number;
  body?: unknown;
  bytes?: Buffer;
  /** What the bytes are, where they are no PNG. */
  kind?: string;
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const problem = (status: number, code: string, facts: object = {}): Answer => ({ status, body: { status, code, title: code, ...facts } });

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, string>;
  role: string;
  /** The list of a file that fails, as the cookie `broken` names it. */
  broken: string;
}

/** Whether a factor was shown since the last signature. */
let fresh = false;
const drafts = new Map<string, unknown>();

function auth({ path, body }: Asked): Answer & { cookie?: string } {
  if (path === "/auth/login") {
    if (body.password === "slow") return problem(429, "auth.slow_down", { retry_after_s: 8 });
    if (body.password !== "password1234") return problem(401, "auth.wrong");
    return { ...ok({ next: body.name === "new" ? "enrol" : "factor" }), cookie: `pending=${body.name ?? ""}` };
  }
  if (path === "/auth/answer") {
    if (body.code === "000000") return problem(401, "auth.factor_wrong");
    return ok({ consultation: "c1", question: data.cases[0]?.question, place: { id: "i3", name: "柳树镇卫生院" }, call_back: "0912-771 2043" });
  }
  if (path === "/auth/enrol") return ok({ secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/Yuanzhen:new?secret=JBSWY3DPEHPK3PXP&issuer=Yuanzhen" });
  if (path === "/auth/factor") fresh = body.code !== "000000";
  if (path === "/auth/factor") return body.code === "000000" ? problem(401, "auth.factor_wrong") : { ...ok({ csrf: "t" }), cookie: "mock" };
  return ok({});
}

function consultation({ method, path, query, body, role }: Asked): Answer {
  const [, id, act, sub] = /^\/api\/consultations(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
  if (!id && method === "POST") return { status: 201, body: { ...data.cases[0], id: "c1" } };
  if (!id) {
    const waits = query.has("department");
    const items = data.cases.filter(({ state }) => (state === "ringing" || state === "queued") === waits || role === "clinician");
    return ok({ items, next: null });
  }
  const one = data.cases.find((each) => each.id === id);
  if (!one) return problem(404, "consultation.not_found");
  if (act === "chat") return method === "POST" ? { status: 201, body: { id: "3", at: new Date().toISOString() } } : ok({ items: data.messages, seen: [], last: "2", next: null });
  if (act === "opinion" && sub === "sign") {
    if (!fresh) return problem(403, "factor.stale");
    fresh = false;
    return problem(422, "opinion.not_this_patient");
  }
  if (act === "opinion" && method === "PUT") {
    drafts.set(id, body);
    return { status: 204 };
  }
  if (act === "opinion") {
    const broken = query.has("broken") || id === "c6";
    if (one.state === "signed") return ok(broken ? { ...data.signed, items: data.signed.items.map((each) => ({ ...each, signature: "broken" })) } : data.signed);
    return ok(data.draft);
  }
  return ok({ ...one, acts: role === "clinician" ? one.state === "signed" ? ["close"] : ["cancel"] : one.acts });
}

function exchange({ method, path, query }: Asked): Answer {
  const [, what, id] = /^\/api\/exchange\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  const chosen = <One extends { state: string }>(items: One[], of: (one: One) => string, wanted: string | null): Answer =>
    ok({ items: items.filter((one) => (query.get("state") ?? one.state) === one.state && (wanted ?? of(one)) === of(one)), next: null });
  if (method !== "GET") return problem(409, "exchange.not_waiting");
  if (what === "peers") return ok(exchanged.peers);
  if (what === "reasons") return ok(exchanged.reasons);
  if (what === "dialects") return ok(exchanged.dialects);
  if (what === "code-maps") return ok({ items: exchanged.codes, next: null });
  if (what === "outgoing") return chosen(exchanged.outgoing, (one) => one.peer, query.get("peer"));
  if (what === "messages" && !id) return chosen(exchanged.messages, (one) => one.sender, query.get("sender"));
  const found = id && exchanged.whole(id);
  return found ? ok(found) : problem(404, "exchange.message_unknown");
}

function apart({ method, path }: Asked): Answer {
  const [, id, what, number] = /^\/api\/apart(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
  if (!id) return ok({ items: exchanged.apart.map(({ line }) => line), next: null });
  const one = exchanged.apart.find(({ line }) => line.id === id);
  if (!one) return problem(404, "apart.unknown");
  if (what === "pictures") return { status: 200, bytes: slice(Number(number) / data.SLICES, 1) };
  return method === "POST" ? ok({ images: one.line.images, study: one.line.study }) : ok(one);
}

const FRAMED = 'multipart/related; type="application/octet-stream"; boundary=mock';

/** One part, as WADO-RS frames an answer (PS3.18 8.6.1.2). */
function framed(bytes: Buffer): Buffer {
  const head = "\r\n--mock\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n";
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--mock--")]);
}

function answer(asked: Asked): Answer {
  const { path, query, role } = asked;
  if (path.startsWith("/auth/")) return auth(asked);
  const me = data.me(role);
  if (!me) return problem(401, "auth.unknown");
  if (path === "/api/me") return ok(me);
  if (path === "/api/institutions") return ok({ items: data.institutions });
  if (path === "/api/departments") return ok({ items: data.departments });
  if (path === "/api/users") return ok({ items: data.users });
  if (path.startsWith("/api/requests/")) return asked.method === "GET" ? ok(data.prepared) : { status: 204 };
  if (path === "/api/uploads") return { status: 201, body: { id: `u${Date.now()}`, type: "image/jpeg", name: query.get("name") ?? "", bytes: 180_000 } };
  if (path.startsWith("/api/consent-texts/")) return ok(data.consentText);
  if (path.startsWith("/api/consultations")) return consultation(asked);
  if (path === "/api/me/presence") return { status: 204 };
  if (path === "/api/rings") return ok({ items: asked.broken === "quiet" ? [] : asked.broken === "loud" ? data.loud : data.rings, next: null });
  if (path.startsWith("/api/rings/")) return ok(path.endsWith("/people") ? { items: data.callables, next: null } : data.rings[0]);
  if (path.startsWith("/api/exchange")) return exchange(asked);
  if (path.startsWith("/api/apart")) return apart(asked);
  const name = query.get("name") ?? "";
  if (path === "/fhir/R4/Patient") return ok(data.bundle(data.patients.filter((one) => one.name[0]?.text?.includes(name))));
  const patient = data.patients.find(({ id }) => path === `/fhir/R4/Patient/${id ?? ""}`);
  if (patient) return ok(patient);
  if (path === "/fhir/R4/ImagingStudy") return ok(data.bundle(query.get("patient") === "p3" ? [] : data.imaging));
  const part = /^\/api\/patients\/([^/]+)\/(\w+)$/.exec(path);
  if (part && part[2] === asked.broken) return problem(503, "database.down");
  if (part) return ok(file(part[2] ?? "", part[1] ?? "", role, query));
  if (path.endsWith("/thumbnail")) return { status: 200, bytes: slice(0.5, 1) };
  if (path.endsWith("/series")) return ok(data.series);
  if (path.endsWith("/metadata")) return ok(data.instances);
  const frame = /\.(\d+)\/frames\/1$/.exec(path);
  if (frame) return { status: 200, bytes: framed(pixels(Number(frame[1]) / data.SLICES)), kind: FRAMED };
  return problem(404, "path.unknown");
}

async function read(request: IncomingMessage): Promise<Record<string, string>> {
  let text = "";
  for await (const part of request) text += String(part);
  return text ? (JSON.parse(text) as Record<string, string>) : {};
}

function cookies(request: IncomingMessage): Map<string, string> {
  return new Map((request.headers.cookie ?? "").split(/;\s*/).map((pair) => pair.split("=") as [string, string]));
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mock");
  const jar = cookies(request);
  const asked = { method: request.method ?? "GET", path: url.pathname, query: url.searchParams, body: await read(request), role: jar.get("mock") ?? "", broken: jar.get("broken") ?? "" };
  const given: Answer & { cookie?: string } = jar.get("fault") && !asked.path.endsWith("/me") ? problem(503, "database.down") : answer(asked);
  if (given.cookie === "mock") response.setHeader("Set-Cookie", `mock=${jar.get("pending") ?? "expert"}; Path=/`);
  else if (given.cookie) response.setHeader("Set-Cookie", `${given.cookie}; Path=/`);
  response.statusCode = given.status;
  response.setHeader("Content-Type", given.bytes ? (given.kind ?? "image/png") : given.status < 400 ? "application/json" : "application/problem+json");
  response.end(given.bytes ?? (given.body === undefined ? undefined : JSON.stringify(given.body)));
}

export function mock(): Plugin {
  return {
    name: "yuanzhen-mock",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (PATHS.test(request.url ?? "")) void respond(request, response);
        else next();
      });
      const live = new WebSocketServer({ noServer: true });
      server.httpServer?.on("upgrade", (request, socket, head) => {
        if (request.url !== "/live") return;
        live.handleUpgrade(request, socket, head, (page) => {
          page.on("message", (text) => {
            const { subscribe } = JSON.parse(String(text)) as { subscribe?: string };
            if (subscribe) page.send(JSON.stringify({ channel: subscribe, seq: 1, snapshot: {} }));
          });
        });
      });
    },
  };
}
