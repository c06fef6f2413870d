// GHASH (NIST SP 800-38D, 6.4) without tables: products over GF(2) by integer multiplication of numbers whose bits stand
// four apart, so that no carry reaches the next one. Time depends on the length alone.
#pragma once
#include "sm4.h"

typedef unsigned long long Long;
typedef Long V2 __attribute__((vector_size(16)));
typedef struct { Long part[4]; } Apart;                            // one number, a quarter of its bits in each
typedef struct { Apart low, high, sum, low_back, high_back, sum_back; } Hash;  // H; `back`: its bits in reverse order

static const Long HOLES[4] = {0x1111111111111111, 0x2222222222222222, 0x4444444444444444, 0x8888888888888888};

INLINE Apart apart(Long x) {
  return (Apart){{x & HOLES[0], x & HOLES[1], x & HOLES[2], x & HOLES[3]}};
}

// The low 64 bits of a carry-less product. The sixteenth bit of a sum runs over the end of the number, not into a bit.
INLINE Long product(Long of, const Apart *y) {
  Apart x = apart(of);
  Long all = 0;
  _Pragma("clang loop unroll(full)") for (int n = 0; n < 4; n++) {
    Long sum = 0;
    _Pragma("clang loop unroll(full)") for (int m = 0; m < 4; m++) sum ^= x.part[m] * y->part[(n - m) & 3];
    all |= sum & HOLES[n];
  }
  return all;
}

INLINE V2 turned(V2 x) {  // all 16 bytes in reverse order: big-endian, the first eight in lane 1
  Bytes b = (Bytes)x;
  return (V2)__builtin_shufflevector(b, b, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

INLINE V2 mirrored(V2 x) {  // the bits of each byte in reverse order
  const Bytes FLIP = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
  Bytes low = (Bytes)x & 15, high = (Bytes)x >> 4;
  typedef signed char Signed __attribute__((vector_size(16)));
  Bytes up = (Bytes)__builtin_wasm_swizzle_i8x16((Signed)FLIP, (Signed)low) << 4;
  return (V2)(up | (Bytes)__builtin_wasm_swizzle_i8x16((Signed)FLIP, (Signed)high));
}

static void prepare(Hash *hash, V2 h) {
  V2 big = turned(h), back = mirrored(h);  // read little-endian, mirrored bytes are the number's bits from its end
  hash->low = apart(big[0]), hash->high = apart(big[1]), hash->sum = apart(big[0] ^ big[1]);
  hash->low_back = apart(back[1]), hash->high_back = apart(back[0]), hash->sum_back = apart(back[0] ^ back[1]);
}

INLINE Long upper(Long back) {  // the high half of a product, from the product of the reversed numbers
  return mirrored(turned((V2){back, 0}))[1] >> 1;
}

// (state ^ block) * H
static V2 absorbed(const Hash *hash, V2 state, V2 block) {
  V2 in = state ^ block, big = turned(in), back = mirrored(in);
  Long l = product(big[0], &hash->low), h = product(big[1], &hash->high);
  Long m = product(big[0] ^ big[1], &hash->sum) ^ l ^ h;
  Long l2 = product(back[1], &hash->low_back), h2 = product(back[0], &hash->high_back);
  Long m2 = product(back[0] ^ back[1], &hash->sum_back) ^ l2 ^ h2;
  l2 = upper(l2), m2 = upper(m2), h2 = upper(h2);
  Long v0 = l, v1 = l2 ^ m, v2 = m2 ^ h, v3 = h2;
  // GCM's bits run the other way: the product of 255 bits moves up by one
  v3 = v3 << 1 | v2 >> 63, v2 = v2 << 1 | v1 >> 63, v1 = v1 << 1 | v0 >> 63, v0 <<= 1;
  // modulo x^128 + x^7 + x^2 + x + 1, from the low end
  v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7, v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
  v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7, v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57;
  return turned((V2){v2, v3});
}
