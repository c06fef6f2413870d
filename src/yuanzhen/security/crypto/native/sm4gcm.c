// SM4-GCM (RFC 8998, NIST SP 800-38D) in the processor's own instructions: 96-bit nonce, 128-bit tag, any additional
// data. Our own, without a library, compiled by set-up (scripts/setup/sm4.py); native.py calls it.
#include <cpuid.h>
#include "ghash.h"
#define EXPORT __attribute__((visibility("default")))

typedef struct {
  Word rounds[ROUNDS];
  Powers powers;
} Key;

enum Way { SEAL, OPEN };

INLINE Long least(Long a, Long b) { return a < b ? a : b; }
INLINE __mmask64 first_bytes(Long count) { return count < QUARTER ? (1ull << count) - 1 : ~0ull; }
INLINE int blocks_in(Long size) { return (int)((size + BLOCK - 1) / BLOCK); }

INLINE void load(V into[4], const Byte *at, Long size) {  // at most a group; zeros beyond
  EACH(n, 4) into[n] = _mm512_maskz_loadu_epi8(first_bytes(size - least(size, n * QUARTER)), at + n * QUARTER);
}

// A whole group with the key stream; the state after its ciphertext.
INLINE Block whole_group(const Key *key, Block state, const V pad[4], enum Way way, const Byte *from, Byte *to) {
  V in[4], out[4];
  EACH(n, 4) {
    in[n] = _mm512_loadu_si512(from + n * QUARTER);
    out[n] = _mm512_xor_si512(in[n], pad[n]);
    _mm512_storeu_si512(to + n * QUARTER, out[n]);
  }
  return absorbed(&key->powers, state, way == SEAL ? out : in, GROUP);
}

// The same for what is left at the end, less than a group.
FAST static Block last_group(const Key *key, Block state, const V pad[4], enum Way way, const Byte *from, Byte *to,
                             Long size) {
  V in[4], out[4];
  load(in, from, size);
  EACH(n, 4) {
    __mmask64 mask = first_bytes(size - least(size, n * QUARTER));
    out[n] = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(in[n], pad[n]));
    _mm512_mask_storeu_epi8(to + n * QUARTER, mask, out[n]);
  }
  return absorbed(&key->powers, state, way == SEAL ? out : in, blocks_in(size));
}

// Counter 1 makes the pad of the tag, data begin at 2.
INLINE Block crypt(const Key *key, Block state, const Byte *nonce, enum Way way, const Byte *from, Byte *to,
                   Long size) {
  Long done = 0;
  for (Word counter = 2; done < size; counter += BATCH) {
    V pad[4 * GROUPS];
    encrypted(pad, GROUPS, key->rounds, nonce, counter);
    for (int g = 0; g < GROUPS && done < size; g++) {
      Long left = size - done;
      state = left >= GROUP_BYTES ? whole_group(key, state, pad + 4 * g, way, from + done, to + done)
                                  : last_group(key, state, pad + 4 * g, way, from + done, to + done, left);
      done += least(left, GROUP_BYTES);
    }
  }
  return state;
}

INLINE Block of_aad(const Key *key, const Byte *aad, Long size) {
  Block state = _mm_setzero_si128();
  for (Long done = 0; done < size; done += GROUP_BYTES) {
    Long count = least(size - done, GROUP_BYTES);
    V blocks[4];
    load(blocks, aad + done, count);
    state = absorbed(&key->powers, state, blocks, blocks_in(count));
  }
  return state;
}

// One message of the run, and its tag.
INLINE Block message(const Key *key, const Byte *nonce, const Byte *aad, Long aad_size, enum Way way,
                     const Byte *from, Byte *to, Long size) {
  V pad[4], sizes[4] = {0};
  encrypted(pad, 1, key->rounds, nonce, 1);
  Block state = crypt(key, of_aad(key, aad, aad_size), nonce, way, from, to, size);
  sizes[0] = turned(_mm512_zextsi128_si512(_mm_set_epi64x((long long)(aad_size * 8), (long long)(size * 8))));
  state = absorbed(&key->powers, state, sizes, 1);
  return _mm512_castsi512_si128(_mm512_xor_si512(turned(_mm512_castsi128_si512(state)), pad[0]));
}

INLINE void begin(Key *key, const Byte *bytes) {
  static const Byte ZERO[12];
  V pad[4];
  expand(key->rounds, bytes);
  encrypted(pad, 1, key->rounds, ZERO, 0);
  prepare(&key->powers, _mm512_castsi512_si128(turned(pad[0])));
}

// A run: `count` messages of `size` bytes each, the last what is left of `total`, sealed each as ciphertext and tag in
// a row. Nonces stand in a row, additional data too, of `aad_sizes` bytes each.
#define RUN                                                                                                     \
  const Byte *bytes, Long count, const Byte *nonces, const Byte *aads, const Long *aad_sizes, const Byte *from, \
      Byte *to, Long total, Long size

EXPORT FAST void seal_run(RUN) {
  Key key;
  begin(&key, bytes);
  for (Long n = 0; n < count; n++, nonces += 12, aads += *aad_sizes++) {
    Long here = least(size, total);
    Block tag = message(&key, nonces, aads, *aad_sizes, SEAL, from, to, here);
    _mm_storeu_si128((Block *)(to + here), tag);
    from += here, to += here + BLOCK, total -= here;
  }
}

// -1, or which message's tag was wrong, from 0; the caller wipes what was written then.
EXPORT FAST long long open_run(RUN) {
  Key key;
  begin(&key, bytes);
  for (Long n = 0; n < count; n++, nonces += 12, aads += *aad_sizes++) {
    Long here = least(size, total);
    Block off = message(&key, nonces, aads, *aad_sizes, OPEN, from, to, here);
    off = _mm_xor_si128(off, _mm_loadu_si128((const Block *)(from + here)));
    if (off[0] | off[1]) return (long long)n;
    from += here + BLOCK, to += here, total -= here;
  }
  return -1;
}

// Whether processor and system have what the above asks for (Intel SDM volume 2, CPUID; volume 1, 13.3, 14.8).
EXPORT int works_here(void) {
  const Word PCLMUL = 1u << 1, OSXSAVE = 1u << 27, REGISTERS = 0xe6;
  const Word F = 1u << 16, BW = 1u << 30, VL = 1u << 31, GFNI = 1u << 8, VPCLMUL = 1u << 10;
  Word a, b, c, d, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || ~c & (PCLMUL | OSXSAVE)) return 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (~low & REGISTERS) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && !(~b & (F | BW | VL)) && !(~c & (GFNI | VPCLMUL));
}
