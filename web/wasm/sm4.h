// SM4 (GB/T 32907-2016) on 32 blocks at once, bit by bit: no table and no branch follows the key or the data, so that
// neither time nor cache tells of them.
//
// A word of 32 blocks is eight planes. Plane p holds bit p of each of its bytes: lane k (of four) is byte k of the word,
// 0 the lowest, and bit t of the lane is block t.
#pragma once

typedef unsigned char Byte;
typedef unsigned Word;
typedef Word V __attribute__((vector_size(16)));
typedef struct { V p[8]; } Planes;

#define INLINE static inline __attribute__((always_inline))
#define EACH(n) _Pragma("clang loop unroll(full)") for (int n = 0; n < 8; n++)
enum { ROUNDS = 32, BATCH = 32, BLOCK = 16, BATCH_BYTES = BATCH * BLOCK };

INLINE Planes sum(Planes a, Planes b) {
  EACH(n) a.p[n] ^= b.p[n];
  return a;
}

// ---- The S-box: affine, inverse in GF(2^8), affine. The inverse is taken in the tower GF(((2^2)^2)^2) with a normal
// basis on each floor, whose coefficients are a pair (low, high): W, W^2 with W^2 + W = 1; Z, Z + 1 with Z^2 + Z = W^2;
// Y, Y + 1 with Y^2 + Y = Z + W (Z + 1).

typedef struct { V l, h; } Pair;          // GF(2^2)
typedef struct { Pair l, h; } Nibble;     // GF(2^4)

INLINE Pair plus(Pair a, Pair b) { return (Pair){a.l ^ b.l, a.h ^ b.h}; }
INLINE Pair square(Pair a) { return (Pair){a.h, a.l}; }       // and the inverse: a^3 = 1
INLINE Pair times_w2(Pair a) { return (Pair){a.l ^ a.h, a.l}; }
INLINE Pair times(Pair a, Pair b) {
  V cross = (a.l ^ a.h) & (b.l ^ b.h);
  return (Pair){cross ^ (a.l & b.l), cross ^ (a.h & b.h)};
}

INLINE Nibble plus4(Nibble a, Nibble b) { return (Nibble){plus(a.l, b.l), plus(a.h, b.h)}; }
INLINE Nibble times4(Nibble a, Nibble b) {
  Pair cross = times_w2(times(plus(a.l, a.h), plus(b.l, b.h)));
  return (Nibble){plus(cross, times(a.l, b.l)), plus(cross, times(a.h, b.h))};
}
INLINE Nibble inverse4(Nibble a) {
  Pair norm = plus(times(a.l, a.h), times_w2(square(plus(a.l, a.h))));
  Pair over = square(norm);
  return (Nibble){times(over, a.h), times(over, a.l)};
}
// a^2 (Z + W (Z + 1)): what the norm of the highest floor wants
INLINE Nibble scaled_square(Nibble a) {
  Pair high = square(a.h);
  return (Nibble){high, plus(high, times_w2(square(a.l)))};
}

INLINE void inverse8(Nibble *low, Nibble *high) {
  Nibble norm = plus4(times4(*low, *high), scaled_square(plus4(*low, *high)));
  Nibble over = inverse4(norm), was = *low;
  *low = times4(over, *high);
  *high = times4(over, was);
}

// The two linear maps are SM4's own (a rotation of 0xA7 in each row) joined to the change of basis; their sums were
// found by a search for few of them. The constant is 0xD3, before the inverse in the tower's basis.
INLINE Planes sbox(Planes x) {
  V *b = x.p;
  V s15 = b[1] ^ b[5], s046 = b[0] ^ b[4] ^ b[6];
  Nibble low = {{b[2] ^ s15, ~(b[2] ^ b[4] ^ b[6])}, {b[1] ^ b[7], b[3] ^ b[5] ^ b[6] ^ b[7]}};
  Nibble high = {{b[5] ^ s046, b[0] ^ b[1] ^ b[6]}, {~s046, ~b[2]}};
  inverse8(&low, &high);
  V t0 = low.l.l, t1 = low.l.h, t2 = low.h.l, t3 = low.h.h, t4 = high.l.l, t5 = high.l.h, t6 = high.h.l, t7 = high.h.h;
  V s45 = t4 ^ t5, s13 = t1 ^ t3, s045 = t0 ^ s45, s0456 = s045 ^ t6, s01345 = s045 ^ s13;
  return (Planes){{~t6, ~(t2 ^ t4 ^ t6), s0456, t7 ^ s45 ^ s13, ~(t1 ^ t7 ^ s0456), t2 ^ s01345, ~t1, ~s01345}};
}

// ---- Rotations: by whole bytes a lane moves, by bits a plane takes the place of another.

INLINE V bytes_up(V x, int n) {
  switch (n) {
    case 1: return __builtin_shufflevector(x, x, 3, 0, 1, 2);
    case 2: return __builtin_shufflevector(x, x, 2, 3, 0, 1);
    default: return __builtin_shufflevector(x, x, 1, 2, 3, 0);
  }
}
INLINE Planes bits_up(Planes x, int n) {
  Planes up;
  EACH(p) up.p[p] = p >= n ? x.p[p - n] : bytes_up(x.p[p - n + 8], 1);
  return up;
}

// L: x ^ x<<<2 ^ x<<<10 ^ x<<<18 ^ x<<<24
INLINE Planes spread(Planes x) {
  Planes two = bits_up(x, 2);
  EACH(p) x.p[p] ^= bytes_up(x.p[p], 3) ^ two.p[p] ^ bytes_up(two.p[p] ^ bytes_up(two.p[p], 1), 1);
  return x;
}
// L' of the key schedule: x ^ x<<<13 ^ x<<<23
INLINE Planes spread_key(Planes x) {
  Planes five = bits_up(x, 5), seven = bits_up(x, 7);
  EACH(p) x.p[p] ^= bytes_up(five.p[p], 1) ^ bytes_up(seven.p[p], 2);
  return x;
}

// The same word in all 32 blocks.
INLINE Planes everywhere(Word word) {
  Planes all;
  V bytes = {word & 255, word >> 8 & 255, word >> 16 & 255, word >> 24};
  EACH(p) all.p[p] = -(bytes >> p & 1);
  return all;
}

INLINE Word word_at(const Byte *at) {
  return (Word)at[0] << 24 | (Word)at[1] << 16 | (Word)at[2] << 8 | at[3];
}

// GB/T 32907 7.3: FK, and CK whose byte j of round i is 7 (4 i + j) modulo 256
static const Word FK[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
INLINE Word ck(int round) {
  Word whole = 0;
  for (int byte = 0; byte < 4; byte++) whole = whole << 8 | ((4 * round + byte) * 7 & 255);
  return whole;
}

static void expand(Planes keys[ROUNDS], const Byte *key) {
  Planes k[4];
  for (int n = 0; n < 4; n++) k[n] = everywhere(word_at(key + 4 * n) ^ FK[n]);
  for (int round = 0; round < ROUNDS; round++) {
    Planes in = sum(sum(k[(round + 1) & 3], k[(round + 2) & 3]), sum(k[(round + 3) & 3], everywhere(ck(round))));
    keys[round] = k[round & 3] = sum(k[round & 3], spread_key(sbox(in)));
  }
}

// The blocks nonce | counter for the 32 counters from `first`, which is a multiple of 32, encrypted in their order.
INLINE Planes counters(Word first) {
  static const Word LOW[5] = {0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000};
  Planes all = everywhere(first);
  for (int p = 0; p < 5; p++) all.p[p][0] = LOW[p];
  return all;
}

// Planes to bytes: three steps of exchange between planes make of eight bits a byte, then bytes go to their words.
INLINE void gather(V planes[8]) {
  static const Word MASK[3] = {0x55555555, 0x33333333, 0x0f0f0f0f};
  _Pragma("clang loop unroll(full)") for (int step = 0; step < 3; step++) {
    EACH(p) {
      int other = p | 1 << step;
      if (other == p) continue;
      V moved = (planes[p] >> (1 << step) ^ planes[other]) & MASK[step];
      planes[other] ^= moved;
      planes[p] ^= moved << (1 << step);
    }
  }
}

typedef Byte Bytes __attribute__((vector_size(16)));

INLINE V word_order(V plane) {
  Bytes b = (Bytes)plane;
  return (V)__builtin_shufflevector(b, b, 12, 8, 4, 0, 13, 9, 5, 1, 14, 10, 6, 2, 15, 11, 7, 3);
}

static void batch(V out[BATCH], const Planes keys[ROUNDS], const Byte *nonce, Word first) {
  Planes a = everywhere(word_at(nonce)), b = everywhere(word_at(nonce + 4)), c = everywhere(word_at(nonce + 8));
  Planes d = counters(first);
  for (int round = 0; round < ROUNDS; round += 4) {
    a = sum(a, spread(sbox(sum(sum(b, c), sum(d, keys[round])))));
    b = sum(b, spread(sbox(sum(sum(c, d), sum(a, keys[round + 1])))));
    c = sum(c, spread(sbox(sum(sum(d, a), sum(b, keys[round + 2])))));
    d = sum(d, spread(sbox(sum(sum(a, b), sum(c, keys[round + 3])))));
  }
  gather(a.p), gather(b.p), gather(c.p), gather(d.p);
  EACH(p) {  // the words leave in reverse order
    V w0 = word_order(d.p[p]), w1 = word_order(c.p[p]), w2 = word_order(b.p[p]), w3 = word_order(a.p[p]);
    V low01 = __builtin_shufflevector(w0, w1, 0, 4, 1, 5), high01 = __builtin_shufflevector(w0, w1, 2, 6, 3, 7);
    V low23 = __builtin_shufflevector(w2, w3, 0, 4, 1, 5), high23 = __builtin_shufflevector(w2, w3, 2, 6, 3, 7);
    out[p] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    out[8 + p] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    out[16 + p] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    out[24 + p] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  }
}
