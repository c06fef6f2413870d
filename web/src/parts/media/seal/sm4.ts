/**
 * SM4-GCM (RFC 8998) in the page: compiled from web/wasm, or by a script, slower, where that cannot run.
 * What a key answers is good until it is asked again.
 */
import { sm4 } from "sm-crypto-v2";

export const KEY = 16, NONCE = 12, TAG = 16; // bytes

/** One key, made ready. */
export interface Sm4 {
  /** Ciphertext and tag. This key never saw the nonce before. */
  seal(nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array;
  /** The plaintext, or null when anything was changed. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null;
  /** Forgets the key; it seals and opens nothing afterwards. */
  wipe(): void;
}

export interface Engine {
  name: "wasm" | "script";
  key(bytes: Uint8Array): Sm4;
}

/** The engine of a compiled module; by script when it is none of ours (set-up had no compiler) or cannot run here. */
export function engine(module: BufferSource): Engine {
  try {
    const compiled = new WebAssembly.Module(module);
    if (WebAssembly.Module.exports(compiled).some((one) => one.name === "seal")) {
      return { name: "wasm", key: (bytes) => new Compiled(compiled, bytes) };
    }
  } catch (failed) {
    if (!(failed instanceof WebAssembly.CompileError)) throw failed;
  }
  return SCRIPT;
}

interface Exports {
  memory: WebAssembly.Memory;
  __heap_base: WebAssembly.Global<"i32">;
  key_size(): number;
  expand(key: number, bytes: number): void;
  seal(key: number, nonce: number, aad: number, aadSize: number, data: number, size: number, tag: number): void;
  open(key: number, nonce: number, aad: number, aadSize: number, data: number, size: number, tag: number): number;
}

const PAGE = 65536;
const LINE = 16; // the module's vectors lie on such an address

/** One key in a memory of its own: key | nonce | additional data | data | tag. */
class Compiled implements Sm4 {
  private readonly wasm: Exports;
  private readonly key: number;
  private readonly nonce: number;

  constructor(module: WebAssembly.Module, bytes: Uint8Array) {
    this.wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.key = lined(this.wasm.__heap_base.value);
    this.nonce = this.key + lined(this.wasm.key_size());
    this.room(this.nonce + LINE).set(sized(bytes, KEY), this.nonce);
    this.wasm.expand(this.key, this.nonce);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Uint8Array {
    const { at, memory, data } = this.laid(nonce, aad, plain);
    this.wasm.seal(this.key, this.nonce, at, aad.length, data, plain.length, data + plain.length);
    return memory.subarray(data, data + plain.length + TAG);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null {
    const size = sealed.length - TAG;
    if (size < 0) return null;
    const { at, memory, data } = this.laid(nonce, aad, sealed);
    const right = this.wasm.open(this.key, this.nonce, at, aad.length, data, size, data + size);
    return right === 1 ? memory.subarray(data, data + size) : null;
  }

  wipe(): void {
    new Uint8Array(this.wasm.memory.buffer).fill(0);
    const gone = () => { throw new Error("a key that was wiped"); };
    this.seal = this.open = gone;
  }

  private laid(nonce: Uint8Array, aad: Uint8Array, data: Uint8Array) {
    const at = this.nonce + LINE;
    const start = at + lined(aad.length);
    const memory = this.room(start + data.length + TAG);
    memory.set(sized(nonce, NONCE), this.nonce);
    memory.set(aad, at);
    memory.set(data, start);
    return { at, memory, data: start };
  }

  private room(end: number): Uint8Array {
    const lacks = end - this.wasm.memory.buffer.byteLength;
    if (lacks > 0) this.wasm.memory.grow(Math.ceil(lacks / PAGE));
    return new Uint8Array(this.wasm.memory.buffer);
  }
}

/** Everywhere, but slower, and in a time that follows the data. */
export const SCRIPT: Engine = {
  name: "script",
  key(bytes) {
    const key = Uint8Array.from(sized(bytes, KEY));
    return {
      seal(nonce, aad, plain) {
        const options = { mode: "gcm", output: "array", outputTag: true, padding: "none" } as const;
        const made = sm4.encrypt(plain, key, { ...options, iv: sized(nonce, NONCE), associatedData: aad });
        if (made.tag?.length !== TAG) throw new Error("sealed without a whole tag");
        const sealed = new Uint8Array(made.output.length + TAG);
        sealed.set(made.output);
        sealed.set(made.tag, made.output.length);
        return sealed;
      },
      open(nonce, aad, sealed) {
        const size = sealed.length - TAG;
        if (size < 0) return null; // without a whole tag the package would not look at it at all
        const options = { mode: "gcm", output: "array", padding: "none", tag: sealed.subarray(size) } as const;
        try {
          return sm4.decrypt(sealed.subarray(0, size), key, { ...options, iv: sized(nonce, NONCE), associatedData: aad });
        } catch (failed) {
          if (failed instanceof Error && failed.message === "authentication tag mismatch") return null;
          throw failed;
        }
      },
      wipe() {
        key.fill(0);
        this.seal = this.open = () => { throw new Error("a key that was wiped"); };
      },
    };
  },
};

function lined(size: number): number {
  return Math.ceil(size / LINE) * LINE;
}

function sized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size) throw new RangeError(`${bytes.length} bytes where ${size} are wanted`);
  return bytes;
}
