"""What is recorded of a room: begun and ended, opened with its keys, played, and destroyed."""
