"""All settings of an installation. Every value can come from the environment or `.env` (see `.env.example`)."""

import re
from pathlib import Path
from typing import Any

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.csp import CSP

from incidentio.first_start import NAMES as SECRET_NAMES
from incidentio.first_start import ensure_secrets

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

DATA_DIR = BASE_DIR / env.str("DATA_DIR", default="data")
if not all(name in env.ENVIRON or f"{name}_FILE" in env.ENVIRON for name in SECRET_NAMES):
    ensure_secrets(DATA_DIR / "secrets.env")
    env.read_env(DATA_DIR / "secrets.env")

SECRET_KEY = env.str("SECRET_KEY")
TOKEN_HMAC_KEY = env.str("TOKEN_HMAC_KEY")
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS")
DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = env.bool("PRODUCTION", default=False)

# ---- where it listens and what it calls itself
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
ADDRESS = f"[{HOST}]:{PORT}" if ":" in HOST else f"{HOST}:{PORT}"
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://{ADDRESS}").rstrip("/")
ORGANISATION_NAME = env.str("ORGANISATION_NAME", default="incidentio")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if not PRODUCTION else [])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)
WEB_THREADS = env.int("WEB_THREADS", default=8)

INSTALLED_APPS = [
    "incidentio",
    "unfold.apps.BasicAppConfig",
    "web.admin_app.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_structlog",
    "django_tasks_db",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "incidentio.core",
    "events",
    "accounts",
    "apikeys",
    "catalog",
    "incidents",
    "integrations",
    "workflows",
    "web",
]

MIDDLEWARE = [
    "incidentio.core.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "incidentio.urls"
WSGI_APPLICATION = "incidentio.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# ---- database: embedded SQLite unless DATABASE_URL names a PostgreSQL
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/incidentio.sqlite3")
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = SQLITE_OPTIONS
        database["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
    elif database["ENGINE"].endswith("postgresql"):
        database["ENGINE"] = "incidentio.core.postgresql"
        database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=600)
        database["CONN_HEALTH_CHECKS"] = True
        # statements written by hand (core/sql.py) are prepared after that many uses; 0: never, as some poolers need
        database.setdefault("OPTIONS", {})["prepare_threshold"] = env.int("DATABASE_PREPARE_AFTER", default=5) or None
    else:
        raise ImproperlyConfigured("DATABASE_URL must name a SQLite file or a PostgreSQL database")
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://incidentio?max_entries=20000")}

# ---- people
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
FORMAT_MODULE_PATH = "incidentio.formats"

# ---- transport security
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
X_FRAME_OPTIONS = "DENY"
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

# ---- static files
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION

# ---- the admin


def _pages(title: str, *pages: tuple[str, str, str]) -> dict[str, Any]:
    """A group of the sidebar: a title, and each page's name, icon and place in `admin:`."""
    items = [{"title": name, "icon": icon, "link": reverse_lazy(f"admin:{place}")} for name, icon, place in pages]
    return {"title": title, "separator": True, "items": items}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": ORGANISATION_NAME,
    "SITE_HEADER": ORGANISATION_NAME,
    "SITE_SUBHEADER": "Incidents",
    "SITE_SYMBOL": "local_fire_department",
    "SITE_URL": "/docs",
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda request: static("incidentio/admin.css")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("incidentio/favicon.svg")}
    ],
    "COLORS": {
        "primary": {
            "50": "#fff7ed",
            "100": "#ffedd5",
            "200": "#fed7aa",
            "300": "#fdba74",
            "400": "#fb923c",
            "500": "#f97316",
            "600": "#c2410c",
            "700": "#9a3412",
            "800": "#7c2d12",
            "900": "#431407",
            "950": "#2a0d05",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "items": [
                    {"title": "Dashboard", "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    {
                        "title": "Incidents",
                        "icon": "local_fire_department",
                        "link": reverse_lazy("admin:incidents_incident_changelist"),
                    },
                    {
                        "title": "Alerts",
                        "icon": "notifications_active",
                        "link": reverse_lazy("admin:incidents_alert_changelist"),
                    },
                    {"title": "Events", "icon": "history", "link": reverse_lazy("admin:events_event_changelist")},
                ]
            },
            _pages(
                "Configuration",
                ("Severities", "priority_high", "catalog_severity_changelist"),
                ("Statuses", "linear_scale", "catalog_incidentstatus_changelist"),
                ("Types", "category", "catalog_incidenttype_changelist"),
                ("Roles", "badge", "catalog_incidentrole_changelist"),
                ("Custom fields", "edit_note", "catalog_customfield_changelist"),
                ("Timestamps", "schedule", "catalog_incidenttimestamp_changelist"),
                ("Durations", "timer", "catalog_durationmetric_changelist"),
                ("Follow-up priorities", "low_priority", "catalog_followuppriority_changelist"),
            ),
            _pages(
                "Automation",
                ("Workflows", "account_tree", "workflows_workflow_changelist"),
                ("Workflow runs", "play_circle", "workflows_workflowrun_changelist"),
                ("Ledger", "receipt_long", "workflows_effect_changelist"),
                ("Fire drills", "local_fire_department", "workflows_firedrill_changelist"),
            ),
            _pages(
                "People",
                ("Users", "person", "accounts_user_changelist"),
                ("Teams", "group", "accounts_team_changelist"),
                ("People at tools", "badge", "integrations_useraccount_changelist"),
            ),
            _pages(
                "Other systems",
                ("Connections", "cable", "integrations_connection_changelist"),
                ("Catalogs compared", "difference", "integrations_catalogsync_changelist"),
                ("Alert sources", "sensors", "incidents_alertsource_changelist"),
                ("API keys", "key", "apikeys_apikey_changelist"),
                ("Webhook endpoints", "webhook", "workflows_webhookendpoint_changelist"),
                ("Deliveries", "send", "workflows_delivery_changelist"),
            ),
        ],
    },
}

# ---- the API
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=1_048_576)
API_RATE_LIMIT = env.int("API_RATE_LIMIT", default=1200)
# where attached resources are, as in "zendesk_ticket=https://acme.zendesk.com/agent/tickets/{id},jira_issue=…"
RESOURCE_URLS: dict[str, str] = env.dict("RESOURCE_URLS", default={})
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apikeys.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["incidentio.core.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["incidentio.core.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "incidentio.core.schema.ApiSchema",
    "EXCEPTION_HANDLER": "incidentio.core.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
API_DESCRIPTION = """
The self-hosted incident hub, speaking incident.io's public HTTP API.

**Keys.** Every call carries `Authorization: Bearer inc_…`. A key does what its roles allow; a call it may not make is
a 403 that names the missing permission. `X-RateLimit-*` headers tell what is left of the key's minute.

**Declaring.** `POST /v1/incidents` needs an `idempotency_key` of your own and a `visibility`; everything else is
optional. The same key again gives the same incident, with the header `Idempotent-Replayed: true`.

**Absent, never null.** What has no value is left out of answers; in requests null counts as left out.

**Errors.** Every refusal has the same form, a `request_id` to quote, and says of each mistake what it is and where.
"""
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "incidentio API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.0.3",
    "DESCRIPTION": API_DESCRIPTION,
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "AlertSource": {"type": "http", "scheme": "bearer", "description": "The secret of an alert source"}
        }
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVERS": [{"url": PUBLIC_URL}],
}

# ---- the background engine
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
WORKER_PROCESSES = env.int("WORKER_PROCESSES", default=2)
WORKER_POLL_SECONDS = env.float("WORKER_POLL_SECONDS", default=0.25)
LEASE_SECONDS = env.float("LEASE_SECONDS", default=30.0)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=5.0)
WORKFLOW_RUNS_AT_ONCE = env.int("WORKFLOW_RUNS_AT_ONCE", default=4)
# the seconds before each attempt of a call that a workflow's step makes
STEP_RETRY_SECONDS = env.list("STEP_RETRY_SECONDS", cast=float, default=[0.0, 2.0, 10.0, 60.0, 300.0, 1800.0, 7200.0])
if not STEP_RETRY_SECONDS or not all(0 <= seconds <= 86_400 for seconds in STEP_RETRY_SECONDS):
    raise ImproperlyConfigured("STEP_RETRY_SECONDS must be one or more numbers from 0 to 86400, as in 0,2,10,60")
# how long a fire drill waits for what it set off
FIRE_DRILL_SECONDS = env.float("FIRE_DRILL_SECONDS", default=300.0)
# when one begins by itself, as in `tue 10:00` or `mon,thu 09:30`
FIRE_DRILL_SCHEDULE = env.str("FIRE_DRILL_SCHEDULE", default="")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
if FIRE_DRILL_SCHEDULE and not re.fullmatch(rf"(?i){_DAY}(?:,{_DAY})* (?:[01]\d|2[0-3]):[0-5]\d", FIRE_DRILL_SCHEDULE):
    raise ImproperlyConfigured("FIRE_DRILL_SCHEDULE must be days and a time, as in `tue 10:00` or `mon,thu 09:30`")

# ---- the only way out
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=[])


def _mail_server() -> dict[str, Any] | None:
    """The server that takes the hub's mail; None: there is none, and the hub sends none."""
    if not env.str("EMAIL_URL", default=""):
        return None
    server: dict[str, Any] = env.email_url("EMAIL_URL")
    if not server["EMAIL_BACKEND"].endswith("smtp.EmailBackend") or not server["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL must be smtp://, smtp+tls:// or smtp+ssl:// and name a host")
    return server


MAIL_SERVER = _mail_server()
EMAIL_FROM = env.str("EMAIL_FROM", default="incidentio@localhost")
if "@" not in EMAIL_FROM:
    raise ImproperlyConfigured("EMAIL_FROM must be an address, as in Incidents <incidents@example.com>")

# ---- logs: readable lines by default, JSON in production
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "console")
if LOG_FORMAT not in ("json", "console"):
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be 'json' or 'console'")
_SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": _SHARED_PROCESSORS,
        },
        "console": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": structlog.dev.ConsoleRenderer(colors=False),
            "foreign_pre_chain": _SHARED_PROCESSORS,
        },
    },
    # of a status our own line tells already, and with the request's id
    "filters": {
        "failures": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: bool(record.exc_info)}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "level": LOG_LEVEL}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django_tasks_db": {"level": "ERROR"},  # its warnings tell of the keys to press in a terminal it has not
        "django.tasks": {"level": "WARNING"},
        "django.request": {"filters": ["failures"]},
        "django.server": {"handlers": [], "propagate": True},
        "httpcore2": {"level": "WARNING"},  # its debug lines show headers
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
