"""The national algorithms (SM2, SM3, SM4), the sealed envelopes and the Merkle tree that are built from them.

Pure: bytes in, bytes out. Knows no file, socket, database, clock, or where a key is kept.
"""
