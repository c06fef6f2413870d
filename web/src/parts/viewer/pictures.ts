/** Pictures already fetched, as addresses that an <img> can show at once; the oldest give way. */
import { http } from "../../lib/http";

const KEPT = 240;

export class Pictures {
  private readonly kept = new Map<string, Promise<string>>();
  private readonly fetch: (path: string) => Promise<Blob>;

  constructor(fetch: (path: string) => Promise<Blob> = (path) => http.bytes(path, "image/png, image/jpeg")) {
    this.fetch = fetch;
  }

  /** Fetches once, however often it is asked for; a failure is forgotten, so that asking again tries again. */
  get(path: string): Promise<string> {
    const known = this.kept.get(path);
    if (known) return known;
    const coming = this.fetch(path).then((blob) => URL.createObjectURL(blob));
    coming.catch(() => this.kept.delete(path));
    this.kept.set(path, coming);
    this.shrink();
    return coming;
  }

  clear(): void {
    for (const path of [...this.kept.keys()]) this.drop(path);
  }

  private shrink(): void {
    for (const path of this.kept.keys()) {
      if (this.kept.size <= KEPT) return;
      this.drop(path);
    }
  }

  private drop(path: string): void {
    void this.kept.get(path)?.then((address) => URL.revokeObjectURL(address), () => undefined);
    this.kept.delete(path);
  }
}
