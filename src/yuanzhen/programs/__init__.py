"""What can be started, and the only place where real parts are joined."""
