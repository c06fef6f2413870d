// SM4-GCM (RFC 8998, NIST SP 800-38D) for the pages: 96-bit nonce, 128-bit tag, any additional data. Our own, without a
// library, compiled to WebAssembly by set-up (scripts/setup/sm4.py); web/src/parts/media/seal/sm4.ts calls it.
#include "ghash.h"
#define EXPORT(name) __attribute__((export_name(#name)))

typedef struct {
  Planes rounds[ROUNDS];
  Hash hash;
} Key;

typedef V2 Loose __attribute__((aligned(1), may_alias));

static V2 partial(const Byte *at, Word size) {
  union { Byte byte[BLOCK]; V2 whole; } block = {.whole = {0, 0}};
  for (Word n = 0; n < size; n++) block.byte[n] = at[n];
  return block.whole;
}

static V2 absorb(const Hash *hash, V2 state, const Byte *at, Word size) {
  for (; size >= BLOCK; at += BLOCK, size -= BLOCK) state = absorbed(hash, state, *(const Loose *)at);
  return size ? absorbed(hash, state, partial(at, size)) : state;
}

// Exclusive or with the key stream from block `from` of a batch on; answers how many bytes that were.
static Word stream(const V *pad, Word from, Byte *at, Word size) {
  Word most = (BATCH - from) * BLOCK, whole;
  size = size < most ? size : most;
  for (whole = 0; whole + BLOCK <= size; whole += BLOCK) *(Loose *)(at + whole) ^= (V2)pad[from++];
  for (Word n = whole; n < size; n++) at[n] ^= ((const Byte *)(pad + from))[n - whole];
  return size;
}

// Counter 1 makes the pad of the tag, data begin at 2; both lie in the first batch.
static void crypt(const Key *key, V pad[BATCH], const Byte *nonce, Byte *data, Word size) {
  Word done = stream(pad, 2, data, size);
  for (Word first = BATCH; done < size; first += BATCH) {
    batch(pad, key->rounds, nonce, first);
    done += stream(pad, 0, data + done, size - done);
  }
}

static V2 tag_of(const Key *key, V pad, const Byte *aad, Word aad_size, const Byte *data, Word size) {
  V2 state = absorb(&key->hash, absorb(&key->hash, (V2){0, 0}, aad, aad_size), data, size);
  return absorbed(&key->hash, state, turned((V2){(Long)size * 8, (Long)aad_size * 8})) ^ (V2)pad;
}

EXPORT(key_size) Word key_size(void) { return sizeof(Key); }

EXPORT(expand) void expand_key(Key *key, const Byte *bytes) {
  static const Byte ZERO[12];
  V pad[BATCH];
  expand(key->rounds, bytes);
  batch(pad, key->rounds, ZERO, 0);
  prepare(&key->hash, (V2)pad[0]);
}

// In place; the tag goes to `tag`.
EXPORT(seal) void seal(const Key *key, const Byte *nonce, const Byte *aad, Word aad_size, Byte *data, Word size, Byte *tag) {
  V pad[BATCH];
  batch(pad, key->rounds, nonce, 0);
  V mine = pad[1];
  crypt(key, pad, nonce, data, size);
  *(Loose *)tag = tag_of(key, mine, aad, aad_size, data, size);
}

// In place, once the tag was found right; 1 when it was, else 0 and the data are as they came.
EXPORT(open) int open(const Key *key, const Byte *nonce, const Byte *aad, Word aad_size, Byte *data, Word size, const Byte *tag) {
  V pad[BATCH];
  batch(pad, key->rounds, nonce, 0);
  V2 off = tag_of(key, pad[1], aad, aad_size, data, size) ^ *(const Loose *)tag;
  if (off[0] | off[1]) return 0;
  crypt(key, pad, nonce, data, size);
  return 1;
}
