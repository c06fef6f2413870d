"""HTTP and WebSocket plumbing for routes: log-in, who calls, problems, security headers, pages."""
