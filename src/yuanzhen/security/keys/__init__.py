"""Keys managed in one place: the home's root and the signing keys; made, rotated, revoked, destroyed."""
