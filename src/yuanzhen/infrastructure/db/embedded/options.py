"""The server's settings, given on its command line: no file in a home overrides them, and releases bring their own."""

from __future__ import annotations

from pathlib import Path

from yuanzhen.infrastructure.db.embedded.postmaster import NAME

SETTINGS: dict[str, str] = {
    "cluster_name": NAME,
    # Reached through its socket alone.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    # What was committed survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # One machine, shared with all else.
    "shared_buffers": "128MB",
    "max_connections": "100",
    # No statement, parameter or key value in the log, for these hold patients' data.
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
}


def options(socket_dir: Path, port: int) -> list[str]:
    """The command line's `-c name=value` pairs for a server that listens in `socket_dir`."""
    settings = SETTINGS | {"unix_socket_directories": f'"{socket_dir}"', "port": str(port)}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
