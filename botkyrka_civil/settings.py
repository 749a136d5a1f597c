"""All settings, read from the environment. The README has one table of them."""

import re
import sys
from pathlib import Path

from django.http.request import split_domain_port, validate_host
from django.utils.csp import CSP

from botkyrka_civil.lib import env
from botkyrka_civil.lib.personal_data import luhn_ok

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
_TESTING = "pytest" in sys.modules
_LOCAL = DEMO or DEBUG or _TESTING

# The municipality that runs the portal. Another one brings its own source data, in one folder with the same names of
# files, and then has to say who it is.
OWN_FOLDER = env.folder("SOURCE_DATA")
env.require(
    *(["MUNICIPALITY_NAME", "MUNICIPALITY_SHORT", "MUNICIPALITY_ORG_NR"] if OWN_FOLDER else []),
    *(["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] if env.text("OIDC_URL", "") else []),
    *(["SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "MAIL_URL", "MAIL_FROM"] if not _LOCAL else []),
    # Whom to turn to: dataskyddsförordningen art. 13.1 a and b, förvaltningslagen 6 and 7 §§
    *([f"MUNICIPALITY_{way}" for way in ("EMAIL", "PHONE", "ADDRESS", "DPO_EMAIL")] if not _LOCAL else []),
)

SECRET_KEY = env.text("SECRET_KEY", "bara-for-demo-och-test-" + "0" * 40 if _LOCAL else "")
if len(SECRET_KEY) < 50:
    raise env.WrongSetting("SECRET_KEY ska vara minst 50 slumpade tecken. Gör en med: make secret-key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver" if _LOCAL else "")
if not ALLOWED_HOSTS:
    raise env.WrongSetting("Sätt ALLOWED_HOSTS till värdnamnen som portalen svarar på, med komma emellan.")
BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000" if _LOCAL else "").rstrip("/")
if not re.fullmatch(r"https?://[^/\s@]+", BASE_URL):
    raise env.WrongSetting("BASE_URL ska vara hela adressen till portalen, till exempel https://civil.exempel.se.")
if not validate_host(split_domain_port(BASE_URL.rpartition("/")[2].lower())[0], ALLOWED_HOSTS):
    raise env.WrongSetting("BASE_URL har ett värdnamn som inte står i ALLOWED_HOSTS, så brevens länkar skulle inte gå.")
HTTPS = BASE_URL.startswith("https://")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

_OURS = [BASE_DIR / path for path in ("agreement/data", "council/data", "iop/data", "botkyrka_civil/pages/data")]
SOURCE_DATA = [OWN_FOLDER] if OWN_FOLDER else _OURS
MUNICIPALITY = {
    "name": env.text("MUNICIPALITY_NAME", "Botkyrka kommun"),
    "short": env.text("MUNICIPALITY_SHORT", "Botkyrka"),
    "org_nr": env.text("MUNICIPALITY_ORG_NR", "212000-2882"),
    "email": env.email("MUNICIPALITY_EMAIL", "kommun@example.org" if _LOCAL else ""),
    "phone": env.text("MUNICIPALITY_PHONE", "08-465 004 00" if _LOCAL else ""),  # PTS keeps it for made-up stories
    "address": env.text("MUNICIPALITY_ADDRESS", "Påhittade vägen 1, 123 45 Exempelby" if _LOCAL else ""),
    "dpo_email": env.email("MUNICIPALITY_DPO_EMAIL", "dataskyddsombud@example.org" if _LOCAL else ""),
}
# Plattformen is an association and a controller of its own: who it is and how to reach it (art. 13.1 a).
PLATFORM = {
    "org_nr": env.text("PLATFORM_ORG_NR", "802400-0005" if _LOCAL else ""),
    "email": env.email("PLATFORM_EMAIL", "plattformen@example.org" if _LOCAL else ""),
    "address": env.text("PLATFORM_ADDRESS", "Påhittade vägen 2, 123 45 Exempelby" if _LOCAL else ""),
}
# The national minority languages of its förvaltningsområde, in which it answers and translates decisions on request
# (lag 2009:724 om nationella minoriteter och minoritetsspråk). Each has its text in templates/letters/minority/.
MINORITY_LANGUAGES = env.words("MINORITY_LANGUAGES", "" if OWN_FOLDER else "fi")
_WRITTEN = sorted(path.stem for path in (BASE_DIR / "templates/letters/minority").glob("*.txt"))
if unknown := sorted({*MINORITY_LANGUAGES} - {*_WRITTEN}):
    raise env.WrongSetting(
        f"MINORITY_LANGUAGES har {', '.join(unknown)}, som saknar text. Välj bland: {', '.join(_WRITTEN)}."
    )
if not (re.fullmatch(r"\d{6}-\d{4}", MUNICIPALITY["org_nr"]) and luhn_ok(MUNICIPALITY["org_nr"].replace("-", ""))):
    raise env.WrongSetting("MUNICIPALITY_ORG_NR ska vara kommunens organisationsnummer, till exempel 212000-7774.")
FIRST_YEAR = env.number("FIRST_YEAR", 2009, least=1990)  # of the first agreement: nothing here is older
CONFERENCE_SINCE = env.number("CONFERENCE_SINCE", 2018, least=1990)  # from when there is to be one every year
REGISTRY_PREFIX = env.text("REGISTRY_PREFIX", "ÖK")

# Deadlines of the process. The municipality decides them; none of them is law.
DRAFT_LIFETIME = env.days("DRAFT_DAYS", 30)
SIGNING_PERIOD = env.days("SIGNING_DAYS", 21)
SIGNING_REMINDER = env.days("SIGNING_REMINDER_DAYS", 7)
COMPLETION_PERIOD = env.days("COMPLETION_DAYS", 21)
COMPLETION_REMINDER = env.days("COMPLETION_REMINDER_DAYS", 7)
# How long one has to ask for laglighetsprövning, as the letters tell it; 0: they tell no time.
JUDICIAL_REVIEW_WEEKS = env.number("JUDICIAL_REVIEW_WEEKS", 3)
# Targets of the bodies' work, shown as what is late; NOTICE_DAYS also asks for a reason when it is passed.
NOTICE_PERIOD = env.days("NOTICE_DAYS", 7)
SIGN_OFF_TARGET = env.days("SIGN_OFF_DAYS", 14)
SEAT_NAME_YEARS = env.number("SEAT_NAME_YEARS", 10)  # how long names stand in the history of a body
CONFERENCE_NEEDS_LIFETIME = env.days("CONFERENCE_NEEDS_DAYS", 30)
CONFERENCE_REGISTRATION_LIFETIME = env.days("CONFERENCE_REGISTRATIONS_DAYS", 365)
# Partnerships (IOP): followed up within a year, begun some weeks before that, evaluated when they are over.
IOP_FOLLOW_UP_PERIOD = env.days("IOP_FOLLOW_UP_DAYS", 365)
IOP_FOLLOW_UP_NOTICE = env.days("IOP_FOLLOW_UP_NOTICE_DAYS", 30)
IOP_EVALUATION_PERIOD = env.days("IOP_EVALUATION_DAYS", 90)
# Whether an organisation has to be a member of Plattformen too is the municipality's to say.
IOP_REQUIRES_MEMBERSHIP = env.one_of("IOP_REQUIRES_MEMBERSHIP", "WARN", "OFF", "WARN", "REQUIRE")
# De minimis, 300 000 euro on three years, in kronor: above that the officer is told to look at state aid.
IOP_DE_MINIMIS_KRONOR = env.number("IOP_DE_MINIMIS_KRONOR", 3_300_000)
ACCESSIBILITY_ANSWER_PERIOD = env.days("ACCESSIBILITY_ANSWER_DAYS", 14)  # said on the form that reports a fault
# Disposal (gallring): the municipality decides. retention/policy.toml says what each of them is of.
CONFERENCE_UNCONFIRMED_LIFETIME = env.days("CONFERENCE_UNCONFIRMED_DAYS", 7)
RETENTION_CODES = env.days("RETENTION_CODES_DAYS", 7)
RETENTION_LETTERS = env.days("RETENTION_LETTERS_DAYS", 365)
RETENTION_OFFICE_CONTACTS = env.days("RETENTION_OFFICE_CONTACTS_DAYS", 365)
RETENTION_MEETING_ADDRESSES = env.days("RETENTION_MEETING_ADDRESSES_DAYS", 730)
RETENTION_ACCESSIBILITY_REPORTS = env.days("RETENTION_ACCESSIBILITY_REPORTS_DAYS", 730)
RETENTION_CLOSED_ACCOUNTS = env.days("RETENTION_CLOSED_ACCOUNTS_DAYS", 30)
RETENTION_ADMIN_LOG = env.days("RETENTION_ADMIN_LOG_DAYS", 730)
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_MB", 10, least=1) * 1024 * 1024
# In demo mode `bootstrap` makes a key of its own, which proves nothing to anybody.
SEAL = env.seal(VAR / "seal" / "demo-sigill.p12" if DEMO else None)

INSTALLED_APPS = [
    "botkyrka_civil.pages",  # before allauth and the admin: its commands and our templates win
    "botkyrka_civil.open_data",
    "botkyrka_civil.search",
    "botkyrka_civil.retention",
    "iop",
    "council",
    "agreement",
    "organisations",
    "botkyrka_civil.documents",
    "botkyrka_civil.casework",
    "botkyrka_civil.accounts",
    "botkyrka_civil.lib",
    "botkyrka_civil.casework.site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's page of passkeys asks for it
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "crispy_forms",
    "crispy_bootstrap5",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "botkyrka_civil.lib.middleware.permissions_policy",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "botkyrka_civil.lib.middleware.only_utf8",
    "botkyrka_civil.accounts.middleware.account_is_not_stored",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "botkyrka_civil.accounts.middleware.LoginRequired",  # closed unless opened
    "django.contrib.messages.middleware.MessageMiddleware",
    "botkyrka_civil.accounts.middleware.second_factor_for_staff",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "botkyrka_civil.urls"
WSGI_APPLICATION = "botkyrka_civil.wsgi.application"
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
                "botkyrka_civil.lib.context.portal",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {
    "default": env.database("DATABASE_URL", f"sqlite:///{VAR / 'db.sqlite3'}", env.text("DATABASE_PASSWORD", ""))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes, since limits are counted in it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # a full cache forgets, and forgotten limits are no limits
    }
}

MAILERS = {"default": env.mailer("MAIL_URL", "demo:" if _LOCAL else "", demo=_LOCAL)}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.email("MAIL_FROM", "civilsamhalle@example.org" if _LOCAL else "")
MAIL_ALARM = env.number("MAIL_ALARM_MINUTES", 15, least=1)

LANGUAGE_CODE = "sv"
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "botkyrka_civil/locale"]  # our words before those of the libraries

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What another municipality brings for the eye (lib/theme.py) lies at the root: theme.css, logo.svg, favicon.svg.
BRAND = OWN_FOLDER / "static" if OWN_FOLDER and (OWN_FOLDER / "static").is_dir() else None
WHITENOISE_ROOT = BRAND
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR / "media")))
# Files reach visitors through a view that asks for permission; with nginx in front, X-Accel-Redirect sends them.
MEDIA_ACCEL = env.text("MEDIA_ACCEL", "")
if not re.fullmatch(r"(/.*/)?", MEDIA_ACCEL):
    raise env.WrongSetting("MEDIA_ACCEL ska börja och sluta med snedstreck, till exempel /_skyddat/.")
STORAGES = {
    "default": {"BACKEND": "botkyrka_civil.documents.storage.DurableStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # text only; files are limited one by one
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "pages:home"

ACCOUNT_ADAPTER = "botkyrka_civil.casework.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "botkyrka_civil.accounts.adapter.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the administrator, never by sign-up
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody makes us write to strangers
# As elsewhere (lib/limits.py): few for one address of mail, many for a network's, which an office shares.
ACCOUNT_RATE_LIMITS = {
    "reset_password": "60/h/ip,6/h/key",
    "request_login_code": "60/h/ip,6/h/key",
    "login_failed": "100/10m/ip,10/10m/key",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "botkyrka_civil.accounts.forms.AddPasskeyForm"}
MFA_TOTP_ISSUER = MUNICIPALITY["name"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _LOCAL
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {}
if OIDC_URL := env.text("OIDC_URL", ""):
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.text("OIDC_NAME", MUNICIPALITY["name"]),
                "client_id": env.text("OIDC_CLIENT_ID", ""),
                "secret": env.text("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_URL},
                "VERIFIED_EMAIL": True,
            }
        ],
    }

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF] + ([OIDC_URL] if OIDC_URL else []),
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# Personal links must not travel on. With no-referrer, browsers say "Origin: null" and every form fails its CSRF check.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # gone when the browser closes, as the page on personal data says (LEK 9 kap. 28 §)
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # Django's own would set a third cookie
CSRF_FAILURE_VIEW = "botkyrka_civil.pages.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Browsers take a cookie of such a name only from this host, over HTTPS, for all of its paths (RFC 6265bis 4.1.3.2).
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^statusz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    # Whether all subdomains are HTTPS, and whether browsers should know it beforehand, is the domain's to promise.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.flag("HSTS_WHOLE_DOMAIN")
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    CSRF_TRUSTED_ORIGINS = [BASE_URL]

if _TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "botkyrka_civil.lib.logs.MaskSecrets",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.one_of("LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR")},
    # They tell of every glyph.
    "loggers": {name: {"level": "ERROR"} for name in ("fontTools", "weasyprint", "pikepdf")},
}
