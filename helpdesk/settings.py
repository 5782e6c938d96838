"""One settings module, read from the environment (docs/operations.md lists every variable)."""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from helpdesk import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".local"))).absolute()

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("SITE_URL", f"http://localhost:{env.integer('PORT', 8000)}")
# Shown on the sign-in page only when the database holds the demo organisation.
DEMO_LOGINS_SHOWN = env.flag("DEMO_LOGINS_SHOWN", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_filters",
    "django_htmx",
    "csp",
    "lucide",
    "pgvector.django",
    "rest_framework",
    "drf_spectacular",
    "core",
    "accounts",
    "notifications",
    "catalogue",
    "knowledge",
    "incidents",
    "rules",
    "fulfilment",
    "problems",
    "changes",
    "majors",
    "devlink",
    "dashboards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RequestContextMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["core.templatetags.ui", "lucide.templatetags.lucide"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.shell",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", "postgresql:///upstream"),
        conn_max_age=env.integer("CONN_MAX_AGE", 600),
        conn_health_checks=True,
    )
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options", f"-c statement_timeout={env.integer('STATEMENT_TIMEOUT_MS', 0)}"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.cache_url(REDIS_URL),
        # JSON only: a planted pickle must never be loaded.
        "OPTIONS": {"serializer": "core.caching.JSONSerializer"},
        "KEY_PREFIX": "upstream",
    },
    # Numbers on every page, counted by each process for itself: no journey for each of them.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.flag("HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # Charts and progress bars set widths from script through the CSSOM, which needs no
        # exception; attributes written in templates are not used.
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

AUTH_USER_MODEL = "accounts.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "dashboards:home"
LOGOUT_REDIRECT_URL = "accounts:login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.assets.NodeModulesFinder",
]
# The image build collects, compresses and hashes; a checkout serves straight from the finders.
STATIC_COLLECTED = env.flag("STATIC_COLLECTED", default=False)
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# Trackers may stand in the house's own network; else only public addresses are asked.
TRACKERS_MAY_BE_PRIVATE = env.flag("TRACKERS_MAY_BE_PRIVATE", default=False)
ATTACHMENT_MAX_BYTES = env.integer("ATTACHMENT_MAX_BYTES", 25 * 1024 * 1024)
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_BYTES", 500 * 1024 * 1024)
# So long before a sprint is planned the evidence for it is frozen.
EVIDENCE_HOURS_BEFORE_PLANNING = env.integer("EVIDENCE_HOURS_BEFORE_PLANNING", 24)

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Upstream <support@localhost>")
# Off: mail is stored as outgoing messages and stays there until a mail server is named.
MAIL_SENDING = env.flag("MAIL_SENDING", default=False)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.rest.KeysetPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "core.rest.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Upstream API",
    "DESCRIPTION": "ITSM helpdesk with support–development collaboration.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketKindEnum": "incidents.models.Kind",
        "MessageKindEnum": "incidents.models.Message.Kind",
        "ProblemKindEnum": "problems.models.Problem.Kind",
        "LikenessKindEnum": "incidents.models.Likeness.Kind",
        "ClusterWordKindEnum": "problems.models.ClusterConstraint.Kind",
        "ClusterRunKindEnum": "problems.models.ClusterRun.Kind",
        "WorkItemKindEnum": "devlink.models.WorkItem.Kind",
        "LevelEnum": "incidents.models.ticket.Level",
        "SideEnum": "accounts.roles.Side",
        "TicketCategoryEnum": "incidents.models.ticket.CATEGORY_CHOICES",
        "TicketStateEnum": "incidents.workflow.STATE_CHOICES",
        "ProblemStateEnum": "problems.workflow.PROBLEM.choices",
        "ClusterStateEnum": "problems.workflow.CLUSTER.choices",
        "ChangeStateEnum": "changes.workflow.CHANGE.choices",
        "ReleaseStateEnum": "devlink.workflow.RELEASE.choices",
        "DryRunStateEnum": "rules.workflow.DRY_RUN.choices",
        "MacroScopeEnum": "rules.models.Macro.Scope",
        "CannedReplyScopeEnum": "incidents.models.CannedReply.Scope",
        "TargetKindEnum": "catalogue.models.PolicyTarget.Kind",
        "PriorityEnum": "incidents.models.ticket.Priority",
        "ArticleAudienceEnum": "knowledge.models.Audience",
        "UpdateAudienceEnum": "majors.workflow.AUDIENCES",
        "ProblemTaskKindEnum": "problems.models.ProblemTask.Kind",
        "ToldKindEnum": "problems.workflow.TOLD",
        "FollowUpStateEnum": "problems.workflow.FOLLOW_UP.choices",
        "MajorStatusEnum": "majors.workflow.STATUS.choices",
    },
}

CELERY = {
    "broker_url": env.broker_url(REDIS_URL),
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "socket_timeout": 3,
        "socket_connect_timeout": 3,
        "visibility_timeout": 3600,
    },
    "task_publish_retry_policy": {"max_retries": 0},
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_prefetch_multiplier": 1,
    "task_default_queue": "default",
    "timezone": "UTC",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.JSONLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        # Begins and ends a server with each request and says so.
        "mcp": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
