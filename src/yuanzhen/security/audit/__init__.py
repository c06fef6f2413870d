"""The trail: who, when, from where, on what, why, outcome; and the chain that makes it tamper-evident."""
