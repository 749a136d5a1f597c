"""gunicorn in the container; every value can be moved from the environment."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"  # noqa: S104  the container's own network
workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
preload_app = True  # one copy of the code in memory, and a wrong setting stops the start at once
max_requests = 2000
max_requests_jitter = 200
timeout = 60
graceful_timeout = 25
worker_tmp_dir = "/dev/shm"  # noqa: S108  the heartbeat must not wait for a disk
control_socket_disable = True  # the file system is read-only
forwarded_allow_ips = "*"  # only the proxy reaches this port
accesslog = None  # the proxy writes it, without the tokens of personal links
