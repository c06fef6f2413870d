"""Acts of high risk wait for a second person: a verb's name and the digest of its arguments, never what they say."""
