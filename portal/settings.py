"""All settings, each read from the environment once; a bad value stops the start with its name.

Development and one-command use need nothing set: `manage.py up` provides the servers and writes a
secret key under STATE_DIR. In production every secret comes from the environment.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from portal import environment
from portal.environment import env, text, whole, yes_or_no
from portal.logs import log_lines

BASE_DIR = Path(__file__).resolve().parent.parent

# -- what this installation is ---------------------------------------------------------------------
DEBUG = yes_or_no("DEBUG", False)
DEMO = yes_or_no("DEMO", False)  # demo accounts, local mailbox, no MFA demanded of staff
HTTPS = yes_or_no("HTTPS", not DEMO)
HOST = environment.host("HOST", "127.0.0.1")
PORT = whole("PORT", 8000, most=65535)
WEB_WORKERS = whole("WEB_WORKERS", 2)
WEB_THREADS = whole("WEB_THREADS", 8)
BASE_URL = environment.web_address("BASE_URL", f"http://127.0.0.1:{PORT}")
STATE_DIR = Path(text("STATE_DIR", str(BASE_DIR / "var"))).resolve()
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # while SECRET_KEY changes
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_structlog",
    "portal",
    "portal.accounts",
    "portal.audit",
    "triage",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.middleware.SessionPolicyMiddleware",
    "portal.logs.RequestLogMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "triage.rulebook.OneVersionMiddleware",
    "portal.methods.NotAllowedPageMiddleware",
]

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
                "django.template.context_processors.i18n",
                "portal.context.portal",
                "triage.web.system.staff_notice",
            ]
        },
    }
]

# -- database: DATABASE_URL is the application's role, which owns nothing --------------------------
if text("DATABASE_OWNER_URL"):
    environment.database("DATABASE_OWNER_URL")  # `up` needs it: a bad one is named before a start
DATABASES = {"default": environment.database("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": whole("CONN_MAX_AGE", 60, least=0),
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASE_APP_ROLE = text("DATABASE_APP_ROLE", "lesions_app")

# Limits and throttles must hold while the broker is away, so the shared cache is the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Above it random entries are dropped, and with them locks: far more than limits ever need.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# Where the end of the ledger's chain is noted every five minutes: best on another host's disk.
AUDIT_ANCHOR_FILE = text("AUDIT_ANCHOR_FILE", str(STATE_DIR / "anchors" / "ledger.jsonl"))

# -- files -----------------------------------------------------------------------------------------
MEDIA_ROOT = Path(text("MEDIA_ROOT", str(STATE_DIR / "media")))
MEDIA_BUCKET = text("MEDIA_BUCKET", "")  # an S3 bucket, for workers on several hosts
MEDIA_ACCEL_PREFIX = text("MEDIA_ACCEL_PREFIX", "")  # nginx internal location
STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [
    path for path in (BASE_DIR / "assets/build", BASE_DIR / "assets/static") if path.is_dir()
]
STORAGES = {
    "default": {"BACKEND": "portal.storage.PrivateFileStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if MEDIA_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "portal.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": MEDIA_BUCKET,
            "endpoint_url": environment.web_address("MEDIA_BUCKET_ENDPOINT", None),
            "default_acl": "private",
            "querystring_expire": 60,
        },
    }
FILE_UPLOAD_HANDLERS = ["portal.uploads.BoundedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # fields beside the files
DATA_UPLOAD_MAX_NUMBER_FILES = 30  # a whole album by mistake gets a message beside each file
PHOTO_MAX_BYTES = 15 * 1024 * 1024
PHOTOS_MAX = 6

# -- people ----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.LoginForm",
    "signup": "portal.accounts.forms.SignupForm",
}
MFA_FORMS = {"add_webauthn": "portal.accounts.forms.AddPasskeyForm"}
ACCOUNT_USER_DISPLAY = str
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
SIGN_UP_TAKES = timedelta(seconds=1)  # at least, so that the clock does not tell who is known
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
BY_ADDRESS = "300/m/ip" if DEMO else "30/m/ip"  # a demo is tried from one address
ACCOUNT_RATE_LIMITS = {
    "login": BY_ADDRESS,
    "login_failed": f"5/5m/key,{BY_ADDRESS}",
    "signup": BY_ADDRESS,
    "one_time_link": BY_ADDRESS,
}
MFA_ADAPTER = "portal.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Lesion portal"
STAFF_MFA_REQUIRED = yes_or_no("STAFF_MFA_REQUIRED", not DEMO)
STAFF_SESSION_IDLE = timedelta(minutes=whole("STAFF_SESSION_IDLE_MINUTES", 15, most=720))
STAFF_SESSION_ABSOLUTE = timedelta(hours=12)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# -- mail ------------------------------------------------------------------------------------------
MAIL_DIR = STATE_DIR / "mail"  # what the demo's mailbox page reads
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Lesion portal <portal@localhost>")
EMAIL_TIMEOUT = 10  # seconds: whoever mails has other work too
vars().update(environment.mail("EMAIL_URL"))
if DEMO:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR

# -- browser security ------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = yes_or_no("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # whose address the limits count
OURS = ("script-src", "style-src", "font-src", "connect-src", "manifest-src", "form-action")
CLOSED = ("default-src", "base-uri", "frame-ancestors")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": dict.fromkeys(OURS, [SELF])
    | dict.fromkeys(CLOSED, [NONE])
    | {"img-src": [SELF, "blob:", "data:"]}
}

# -- jobs: the message only wakes a worker; the row in Postgres is the work ------------------------
REDIS_URL = environment.broker("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the sweep rings again; a redelivery would double it
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# A lease outlives the task that took it: a third of it for batches, then the limits, then the rest.
SCORING_LEASE = timedelta(seconds=whole("SCORING_LEASE_SECONDS", 60, least=3, most=72))
CELERY_TASK_SOFT_TIME_LIMIT = SCORING_LEASE.total_seconds() * 2 / 3
CELERY_TASK_TIME_LIMIT = SCORING_LEASE.total_seconds() * 5 / 6
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "max_retries": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False  # the sweep rings again
CELERY_TIMEZONE = "UTC"
CELERY_TASK_TIME_ZONE = CELERY_TIMEZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "run" / "beat-schedule")
SWEEP_SECONDS = whole("SWEEP_SECONDS", 30, most=3600)  # what the clock rings for: portal/celery.py
SCORING_BATCH = whole("SCORING_BATCH", 32)
SCORING_ATTEMPTS = 3
READING_LEASE = timedelta(minutes=whole("READING_LEASE_MINUTES", 15, most=1440))

# -- inference -------------------------------------------------------------------------------------
INFERENCE_ENGINE = environment.one_of(
    "INFERENCE_ENGINE", "auto", ("auto", "keras", "openvino", "openvino-f32", "openvino-int8")
)

# -- API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "triage.api.problems.problem_document",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lesion portal API",
    "VERSION": "1",
    "DESCRIPTION": "Everything that the pages do, for programs. Problems are RFC 9457 documents.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        name: f"triage.models.{name}" for name in ("PhotoKind", "ConsentKind", "Confidence")
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# -- language, time, logs --------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "portal.formats"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = environment.time_zone("TIME_ZONE")

LOGGING = log_lines(level=environment.log_level("LOG_LEVEL"))
