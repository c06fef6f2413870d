"""Programs that run beside us and die with us: as whom, how they start, stay and end, and where their sockets lie."""
