/** The one way to the server: adds the session's token, turns refusals into a Problem, steps up when asked to. */
import { Problem, readProblem, UNREACHABLE } from "./problem";
import { watchedFetch } from "./reach";

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Hooks {
  /** The session is over: show the login. */
  signedOut(): void;
  /** An act wants a fresh factor: ask for it, and say whether it was given. */
  stepUp(): Promise<boolean>;
}

export interface Options {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** It goes on when its page is closed. */
  keepalive?: boolean;
}

/** Login says itself what is wrong, so its 401 is no end of a session. */
const LOGIN = /^\/auth\//;

export class Http {
  private csrf = "";
  private hooks: Hooks = { signedOut: () => undefined, stepUp: () => Promise.resolve(false) };
  private readonly fetch: typeof globalThis.fetch;

  constructor(fetch: typeof globalThis.fetch) {
    this.fetch = fetch;
  }

  connect(hooks: Hooks): void {
    this.hooks = hooks;
  }

  /** The token that unsafe requests must carry, from /api/me or the login's last step. */
  keepToken(csrf: string): void {
    this.csrf = csrf;
  }

  get<T>(path: string, options?: Options): Promise<T> {
    return this.json<T>("GET", path, undefined, options);
  }

  post<T>(path: string, body: unknown = {}, options?: Options): Promise<T> {
    return this.json<T>("POST", path, body, options);
  }

  put<T>(path: string, body: unknown, options?: Options): Promise<T> {
    return this.json<T>("PUT", path, body, options);
  }

  delete(path: string, body?: unknown, options?: Options): Promise<undefined> {
    return this.json<undefined>("DELETE", path, body, options);
  }

  /** A file as it is. */
  async file<T>(path: string, file: Blob, signal?: AbortSignal): Promise<T> {
    return (await this.send("POST", path, file, signal ? { signal } : {})).json() as Promise<T>;
  }

  /** Bytes, such as one rendered image. */
  async bytes(path: string, accept: string, signal?: AbortSignal): Promise<Blob> {
    const answer = await this.send("GET", path, undefined, { signal, headers: { Accept: accept } });
    return answer.blob();
  }

  /** What every request says: the language, and of one that changes something the session's token. */
  headers(method: Method): Record<string, string> {
    // The server names a problem in the language of the page, whatever the browser is set to
    const lang = globalThis.document?.documentElement.lang;
    const said: Record<string, string> = { Accept: "application/json", ...(lang ? { "Accept-Language": lang } : {}) };
    if (method !== "GET" && this.csrf) said["X-CSRF-Token"] = this.csrf;
    return said;
  }

  private async json<T>(method: Method, path: string, body: unknown, options?: Options): Promise<T> {
    const answer = await this.send(method, path, body, options);
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  private async send(method: Method, path: string, body: unknown, options: Options = {}): Promise<Response> {
    const answer = await this.once(method, path, body, options);
    if (answer.ok) return answer;
    const problem = await readProblem(answer);
    if (problem.code === "factor.stale" && (await this.hooks.stepUp())) {
      const again = await this.once(method, path, body, options);
      if (again.ok) return again;
      throw await readProblem(again);
    }
    if (problem.status === 401 && !LOGIN.test(path)) this.hooks.signedOut();
    throw problem;
  }

  private async once(method: Method, path: string, body: unknown, { signal, headers, keepalive }: Options): Promise<Response> {
    const sent = { ...this.headers(method), ...headers };
    const whole = body instanceof Blob;
    if (body !== undefined) sent["Content-Type"] = whole ? body.type || "application/octet-stream" : "application/json";
    const init: RequestInit = { method, headers: sent, credentials: "same-origin", signal: signal ?? null, ...(keepalive ? { keepalive } : {}) };
    if (body !== undefined) init.body = whole ? body : JSON.stringify(body);
    try {
      return await this.fetch(path, init);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem({ status: 0, code: UNREACHABLE });
    }
  }
}

export const http = new Http(watchedFetch);
