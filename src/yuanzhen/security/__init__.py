"""Security: ciphers, keys, who someone is, what they may do, consents, approvals, and the log that proves it.

Everything above leans on this layer; it knows infrastructure alone, and no clinical standard or application.
"""
