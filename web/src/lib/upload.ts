/** A file on its way to a patient's record: the one request whose progress is shown, which fetch cannot tell. */
import { address, api, type Schemas } from "./api";
import { http } from "./http";
import { Problem, readProblem, UNREACHABLE } from "./problem";

export type Uploaded = Schemas["Uploaded"];

export interface Sending {
  patient: string;
  file: File;
  /** How much of it has gone, 0 to 1. */
  told(share: number): void;
  signal: AbortSignal;
}

export const TOO_LARGE = "request.too_large";

/** How many bytes one file may have. */
export const mostBytes = async (): Promise<number> => (await api.get("/api/uploads", {})).most_bytes;

export function upload({ patient, file, told, signal }: Sending): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("/api/uploads", { query: { patient, name: file.name } }));
    for (const [name, value] of Object.entries(http.headers("POST"))) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => told(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const answer = new Response(request.responseText, { status: request.status });
      if (answer.ok) answer.json().then((body) => resolve(body as Uploaded), reject);
      else void readProblem(answer).then(reject);
    };
    request.onerror = () => reject(new Problem({ status: 0, code: UNREACHABLE }));
    request.onabort = () => reject(new DOMException("given up", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
