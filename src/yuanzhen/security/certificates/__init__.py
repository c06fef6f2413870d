"""TLS certificates of a home: its own authority, the server's certificate renewed in time, or one that was brought."""
