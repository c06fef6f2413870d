"""Keeping a home: copies that are provably whole, bringing one back, proving the log, looking after it all."""
