"""The house's rules (ARCHITECTURE.md, section 2), read off the source without running it; a breach names its place."""
