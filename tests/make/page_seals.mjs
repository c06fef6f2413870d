// Seals frames with the page's own code: reads {sender, epoch, key, tracks: [{label, codec, frames}]}, writes the frames.
import { readFileSync } from "node:fs";
import { Keyring } from "../../web/src/parts/media/seal/keyring.ts";
import { seal } from "../../web/src/parts/media/seal/sealing.ts";
import { SCRIPT } from "../../web/src/parts/media/seal/sm4.ts";

const { sender, epoch, key, tracks } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const keys = new Keyring(SCRIPT, sender, crypto.getRandomValues(new Uint8Array(4)));
keys.take({ sender, epoch, key: bytes(key) }, 0);
const sealed = tracks.map(({ label, codec, frames }) =>
  frames.map((data, nth) => Buffer.from(seal(keys, label, { data: bytes(data), codec, isKey: nth === 0 }, 0)).toString("base64")));
process.stdout.write(JSON.stringify(sealed));
