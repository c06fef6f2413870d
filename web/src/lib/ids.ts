/** A random name for one attempt, so that a double tap makes one case. 128 bits, also where the page is not secure. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
