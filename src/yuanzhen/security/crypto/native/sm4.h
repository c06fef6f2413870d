// SM4 (GB/T 32907-2016) on 64 blocks at once by the processor's own instructions (GFNI, AVX-512). No table and no
// branch follows the key or the data, so that neither time nor cache tells of them.
//
// A vector holds the same word of 16 blocks: four vectors are a group of 16 blocks, four groups a batch.
#pragma once
#include <immintrin.h>

typedef unsigned char Byte;
typedef unsigned Word;
typedef unsigned long long Long;
typedef __m512i V;

#define FAST __attribute__((target("avx512f,avx512bw,avx512vl,gfni,pclmul,vpclmulqdq")))
#define INLINE static inline FAST __attribute__((always_inline))
#define EACH(n, of) _Pragma("clang loop unroll(full)") for (int n = 0; n < (of); n++)
enum { ROUNDS = 32, BLOCK = 16, GROUP = 16, GROUPS = 4, BATCH = GROUP * GROUPS };
enum { QUARTER = 64, GROUP_BYTES = GROUP * BLOCK };

INLINE V xor3(V a, V b, V c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }

// The S-box: affine, inverse in GF(2^8), affine. SM4's field is modulo x^8+x^7+x^6+x^5+x^4+x^2+1, the instruction's
// modulo x^8+x^4+x^3+x+1; one goes into the other by x -> 0x23, and that is multiplied into SM4's own matrix (0xA7, in
// each row rotated by one more) before and after. 0x3E is SM4's constant 0xD3 in the instruction's field.
INLINE V sbox(V x) {
  const V INTO = _mm512_set1_epi64(0x4c287db91a22505d), BACK = _mm512_set1_epi64((long long)0xf3ab34a974a6b589);
  return _mm512_gf2p8affineinv_epi64_epi8(_mm512_gf2p8affine_epi64_epi8(x, INTO, 0x3e), BACK, 0xd3);
}

// a ^ L(x), L: x ^ x<<<2 ^ x<<<10 ^ x<<<18 ^ x<<<24
INLINE V spread_onto(V a, V x) {
  V near = xor3(x, _mm512_rol_epi32(x, 2), _mm512_rol_epi32(x, 10));
  return _mm512_xor_si512(near, xor3(a, _mm512_rol_epi32(x, 18), _mm512_rol_epi32(x, 24)));
}

INLINE V after_round(V a, V b, V c, V d, Word key) {
  return spread_onto(a, sbox(_mm512_xor_si512(xor3(b, c, d), _mm512_set1_epi32((int)key))));
}

INLINE Word word_at(const Byte *at) {
  return (Word)at[0] << 24 | (Word)at[1] << 16 | (Word)at[2] << 8 | at[3];
}

// GB/T 32907 7.3: FK, and CK whose byte j of round i is 7 (4 i + j) modulo 256; L': x ^ x<<<13 ^ x<<<23
INLINE void expand(Word keys[ROUNDS], const Byte *key) {
  static const Word FK[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
  Word k[4], ck = 0x00070e15;
  EACH(n, 4) k[n] = word_at(key + 4 * n) ^ FK[n];
  for (int round = 0; round < ROUNDS; round++) {
    Word in = k[(round + 1) & 3] ^ k[(round + 2) & 3] ^ k[(round + 3) & 3] ^ ck;
    Word x = (Word)_mm_cvtsi128_si32(_mm512_castsi512_si128(sbox(_mm512_castsi128_si512(_mm_cvtsi32_si128((int)in)))));
    keys[round] = k[round & 3] ^= x ^ (x << 13 | x >> 19) ^ (x << 23 | x >> 9);
    // four bytes, each by 28, none carrying into the next
    ck = ((ck & 0x00ff00ff) + 0x001c001c & 0x00ff00ff) | ((ck & 0xff00ff00) + 0x1c001c00 & 0xff00ff00);
  }
}

// Four vectors of words become four of whole blocks, each four blocks in their order.
INLINE void gather(V out[4], V w0, V w1, V w2, V w3) {
  const V BIG_ENDIAN = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  V low01 = _mm512_unpacklo_epi32(w0, w1), high01 = _mm512_unpackhi_epi32(w0, w1);
  V low23 = _mm512_unpacklo_epi32(w2, w3), high23 = _mm512_unpackhi_epi32(w2, w3);
  out[0] = _mm512_unpacklo_epi64(low01, low23), out[1] = _mm512_unpackhi_epi64(low01, low23);
  out[2] = _mm512_unpacklo_epi64(high01, high23), out[3] = _mm512_unpackhi_epi64(high01, high23);
  EACH(n, 4) out[n] = _mm512_shuffle_epi8(out[n], BIG_ENDIAN);
}

// The blocks nonce | counter from counter `first` on, encrypted in their order, 16 in each of `groups`.
INLINE void encrypted(V *out, int groups, const Word keys[ROUNDS], const Byte *nonce, Word first) {
  // `gather` puts word 4 l + j of a vector into lane l of out[j]
  const V ORDER = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  V a[GROUPS], b[GROUPS], c[GROUPS], d[GROUPS];
  EACH(g, groups) {
    a[g] = _mm512_set1_epi32((int)word_at(nonce)), b[g] = _mm512_set1_epi32((int)word_at(nonce + 4));
    c[g] = _mm512_set1_epi32((int)word_at(nonce + 8));
    d[g] = _mm512_add_epi32(ORDER, _mm512_set1_epi32((int)(first + (Word)g * GROUP)));
  }
  for (int round = 0; round < ROUNDS; round += 4) {
    EACH(g, groups) a[g] = after_round(a[g], b[g], c[g], d[g], keys[round]);
    EACH(g, groups) b[g] = after_round(b[g], c[g], d[g], a[g], keys[round + 1]);
    EACH(g, groups) c[g] = after_round(c[g], d[g], a[g], b[g], keys[round + 2]);
    EACH(g, groups) d[g] = after_round(d[g], a[g], b[g], c[g], keys[round + 3]);
  }
  EACH(g, groups) gather(out + 4 * g, d[g], c[g], b[g], a[g]);  // the words leave in reverse order
}
