"""The half that waits: programs kept running, sockets to them, verbs."""
