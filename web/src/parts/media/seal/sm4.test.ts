import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytes } from "../../../../dev/any.ts";
import { engine, SCRIPT, type Engine } from "./sm4.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const compiled = engine(readFileSync("src/generated/sm4gcm.wasm"));

// RFC 8998, appendix A.1
const A1 = {
  key: hex("0123456789ABCDEFFEDCBA9876543210"),
  nonce: hex("00001234567800000000ABCD"),
  aad: hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"),
  plain: hex(["AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA"].map((byte) => byte.repeat(8)).join("")),
  sealed: hex(
    "17F399F08C67D5EE19D0DC9969C4BB7D 5FD46FD3756489069157B282BB200735 D82710CA5C22F0CCFA7CBF93D496AC15" +
      "A56834CBCF98C397B4024A2691233B8D 83DE3541E4C2B58177E065A9BF7B62EC",
  ),
};

describe.each<[string, Engine]>([["wasm", compiled], ["script", SCRIPT]])("SM4-GCM by %s", (name, by) => {
  it("is what it is called", () => expect(by.name).toBe(name));

  it("agrees with RFC 8998", () => {
    const key = by.key(A1.key);
    expect(key.seal(A1.nonce, A1.aad, A1.plain).slice()).toEqual(A1.sealed);
    expect(key.open(A1.nonce, A1.aad, A1.sealed)?.slice()).toEqual(A1.plain);
  });

  it("opens nothing of which one bit was changed", () => {
    const key = by.key(A1.key);
    for (const part of ["nonce", "aad", "sealed"] as const) {
      for (let bit = 0; bit < 8 * A1[part].length; bit += part === "sealed" ? 7 : 1) {
        const changed = { ...A1, [part]: A1[part].map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)) };
        expect(key.open(changed.nonce, changed.aad, changed.sealed), `${part} bit ${bit}`).toBeNull();
      }
    }
  });

  it("opens nothing that is shorter than a tag, or whose tag was cut", () => {
    const key = by.key(A1.key);
    for (let size = 0; size < A1.sealed.length; size++) {
      expect(key.open(A1.nonce, A1.aad, A1.sealed.subarray(0, size)), `${size} bytes`).toBeNull();
    }
  });

  it("refuses a key or a nonce of another size, and seals nothing once wiped", () => {
    expect(() => by.key(A1.key.subarray(1))).toThrow(RangeError);
    const key = by.key(A1.key);
    expect(() => key.seal(A1.key, A1.aad, A1.plain)).toThrow(RangeError);
    key.wipe();
    expect(() => key.seal(A1.nonce, A1.aad, A1.plain)).toThrow("wiped");
    expect(() => key.open(A1.nonce, A1.aad, A1.sealed)).toThrow("wiped");
  });
});

it("is the same by both, for every size about the edges of blocks and batches, one after another", () => {
  const edges = [16, 32, 480, 512, 992, 1504, 65536].flatMap((size) => [size - 1, size, size + 1]);
  for (const size of [0, 1, 15, ...edges]) {
    const [key, nonce, aad, plain] = [bytes(16, size), bytes(12, size + 1), bytes(size % 50, size + 2), bytes(size, size + 3)];
    const sealed = compiled.key(key).seal(nonce, aad, plain).slice();
    expect(Buffer.compare(sealed, SCRIPT.key(key).seal(nonce, aad, plain)), `${size} bytes`).toBe(0);
    expect(Buffer.compare(compiled.key(key).open(nonce, aad, sealed) ?? bytes(1, 0), plain), `${size} bytes`).toBe(0);
  }
});

it("is done by a script where set-up had no compiler, and where the module cannot run", () => {
  expect(engine(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).name).toBe("script");
  expect(engine(Uint8Array.of(1, 2, 3)).name).toBe("script");
});
