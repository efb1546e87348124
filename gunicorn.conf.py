"""The web server, read by `gunicorn incidentio.wsgi` from this folder. Its size and place come from the settings."""

import gc
import logging.config
import os
from pathlib import Path
from typing import Any

from gunicorn import glogging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentio.settings")
from django.conf import settings

logging.config.dictConfig(settings.LOGGING)
MEMORY = "/dev/shm"  # noqa: S108  the files there have no names


class Logger(glogging.Logger):
    """Sends what the server itself says where the hub's own lines go, in their format."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


wsgi_app = "incidentio.wsgi"
bind = settings.ADDRESS
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
worker_class = "incidentio.web_worker.PatientWorker"
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None  # a heartbeat never waits for a disk
limit_request_line = 8190  # the most there is: filters by many ids make long addresses
control_socket_disable = True  # several installations may share a home
graceful_timeout = 10
keepalive = 75  # longer than load balancers keep an idle connection, so that it is never we who close it on them
logger_class = Logger
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Take what lives as long as the process out of the garbage collector's rounds, and make those rarer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
