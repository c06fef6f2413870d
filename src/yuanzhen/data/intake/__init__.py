"""The centre's sink: what listeners were told becomes records, durable before it is acknowledged."""
