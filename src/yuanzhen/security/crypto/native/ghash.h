// GHASH (NIST SP 800-38D, 6.4) by carry-less multiplication, 16 blocks to each reduction. Blocks are read with their
// bytes in reverse order, and H is taken times x: so products are GHASH's without moving a bit (RFC 8452, appendix A).
#pragma once
#include "sm4.h"

typedef __m128i Block;
typedef struct { Block of[2 * GROUP]; } Powers;  // H^16 ... H^1, then zeros: from 16 - n on the powers for n blocks

INLINE V turned(V x) {  // the bytes of each block in reverse order
  const Block REVERSE = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(REVERSE));
}

// A product of 256 bits times x^-128, modulo x^128 + x^127 + x^126 + x^121 + 1
INLINE Block reduced(Block low, Block middle, Block high) {
  const Block POLY = _mm_set_epi64x((long long)0xc200000000000000, 1);
  low = _mm_xor_si128(low, _mm_slli_si128(middle, 8)), high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
  EACH(n, 2) low = _mm_xor_si128(_mm_shuffle_epi32(low, 78), _mm_clmulepi64_si128(low, POLY, 0x10));
  return _mm_xor_si128(high, low);
}

INLINE Block product(Block a, Block b) {
  Block middle = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  return reduced(_mm_clmulepi64_si128(a, b, 0x00), middle, _mm_clmulepi64_si128(a, b, 0x11));
}

INLINE void prepare(Powers *powers, Block h) {  // h with its bytes turned
  Long low = (Long)h[0], high = (Long)h[1], over = -(high >> 63);
  high = (high << 1 | low >> 63) ^ (over & 0xc200000000000000), low = low << 1 ^ (over & 1);
  Block once = _mm_set_epi64x((long long)high, (long long)low);
  EACH(n, GROUP) powers->of[GROUP + n] = _mm_setzero_si128();
  powers->of[GROUP - 1] = once;
  for (int n = GROUP - 2; n >= 0; n--) powers->of[n] = product(powers->of[n + 1], once);
}

INLINE Block lanes_summed(V x) {
  __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
  return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// The state after `count` more blocks (at most 16); what lies beyond them must be zero.
INLINE Block absorbed(const Powers *powers, Block state, const V blocks[4], int count) {
  V low = _mm512_setzero_si512(), middle = low, high = low;
  EACH(n, 4) {
    V x = turned(blocks[n]), h = _mm512_loadu_si512(powers->of + GROUP - count + 4 * n);
    if (n == 0) x = _mm512_xor_si512(x, _mm512_zextsi128_si512(state));
    low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(x, h, 0x00));
    high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(x, h, 0x11));
    middle = xor3(middle, _mm512_clmulepi64_epi128(x, h, 0x01), _mm512_clmulepi64_epi128(x, h, 0x10));
  }
  return reduced(lanes_summed(low), lanes_summed(middle), lanes_summed(high));
}
