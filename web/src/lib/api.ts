/** The product's own API: paths, bodies and answers are what the server's OpenAPI says (`generated/`), never said again. */
import type { components, paths } from "../generated/api";
import { http, type Options } from "./http";

export type Schemas = components["schemas"];

type Method = "get" | "post" | "put" | "delete";
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Content<Part> = Part extends { content: { "application/json": infer What } } ? What : undefined;

type Parameters<Operation> = Operation extends { parameters: infer All } ? Pick<All, keyof All & ("path" | "query")> : object;
type BodyOf<Operation> =
  Operation extends { requestBody?: infer Body } ? ([NonNullable<Body>] extends [never] ? undefined : Content<NonNullable<Body>>) : undefined;

/** What a call is told when it succeeds. */
export type Answer<M extends Method, P extends PathOf<M>> =
  paths[P][M] extends { responses: infer All } ? Content<All[keyof All & (200 | 201 | 204)]> : never;

/** What a call takes: the parts of its path, its query, and for `post` and `put` its body. */
export type Asked<M extends Method, P extends PathOf<M>> = Parameters<paths[P][M]> & {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  keepalive?: boolean;
} & (undefined extends BodyOf<paths[P][M]> ? { body?: BodyOf<paths[P][M]> } : { body: BodyOf<paths[P][M]> });

interface Parts {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
}

/** Fills in `/api/things/{thing}` and appends what of the query is said. */
export function address(template: string, { path = {}, query = {} }: Parts): string {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const search = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${filled}?${search}` : filled;
}

async function called<M extends Method, P extends PathOf<M>>(method: M, path: P, asked: Asked<M, P>): Promise<Answer<M, P>> {
  const { body, signal, headers, keepalive, ...parts } = asked as Parts & Options & { body?: unknown };
  const options = { ...(signal ? { signal } : {}), ...(headers ? { headers } : {}), ...(keepalive ? { keepalive } : {}) };
  const to = address(path, parts);
  return method === "get" ? http.get(to, options) : http[method as "post" | "put" | "delete"](to, body, options) as Promise<Answer<M, P>>;
}

export const api = {
  get: <P extends PathOf<"get">>(path: P, asked: Asked<"get", P>): Promise<Answer<"get", P>> => called("get", path, asked),
  post: <P extends PathOf<"post">>(path: P, asked: Asked<"post", P>): Promise<Answer<"post", P>> => called("post", path, asked),
  put: <P extends PathOf<"put">>(path: P, asked: Asked<"put", P>): Promise<Answer<"put", P>> => called("put", path, asked),
  delete: <P extends PathOf<"delete">>(path: P, asked: Asked<"delete", P>): Promise<Answer<"delete", P>> => called("delete", path, asked),
  /** A file as it is, where a path takes one. */
  file: <P extends PathOf<"post">>(path: P, file: Blob): Promise<Answer<"post", P>> => http.file(path, file),
};
