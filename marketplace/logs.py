"""Structured records with a request id, and without secrets or personal data."""

import logging.config
import re
import time
import uuid
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

logger = structlog.get_logger("requests")

_SECRET_NAMES = re.compile(
    r"password|secret|token|authori[sz]ation|cookie|api_?key|private|card|cvc|phone|msisdn|email|"
    r"document|address|full_?name|session|pin$|code$",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<email>"),
    (re.compile(r"(?<![\w.])\+?\d[\d -]{7,17}\d(?![\w.])"), "<number>"),
    (re.compile(r"\b(?:prv|pub|tok)_(?:test|prod)_\w+|\b(?:test|prod)_(?:events|integrity)_\w+"), "<key>"),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), "Bearer <key>"),
    (re.compile(r"/o/[\w-]{8,}"), "/o/<secret>"),
)
_REQUEST_ID = re.compile(r"[\w.-]{8,64}")
_KEEP = {"event", "level", "logger", "timestamp", "request_id", "status", "milliseconds", "task_id"}


def redact(text: str) -> str:
    """The text without e-mail addresses, telephone, card and account numbers, keys and secret links."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_value(name: str, value: Any) -> Any:
    """The value as it may be written down under this name."""
    if _SECRET_NAMES.search(name) and isinstance(value, str | bytes):
        return "<redacted>"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact_value(name, inner) for inner in value]
    return value


def redact_record(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in record.items():
        if name == "event":
            record[name] = redact(str(value))
        elif name not in _KEEP:
            record[name] = redact_value(name, value)
    return record


def configure(*, json: bool, level: str) -> None:
    """Send every record, ours and the libraries', through the same processors to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(allow=("status_code",)),
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        redact_record,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"plain": formatter},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
            "root": {"handlers": ["console"], "level": level},
            "loggers": {
                "django.request": {"level": "ERROR"},  # a 404 is no event; ours are counted below
                "django.security.DisallowedHost": {"level": "ERROR"},
                "celery": {"level": "WARNING"},
            },
        }
    )


def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give the request an id (the caller's, if it brings a sane one), on every record and on the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = get_response(request)
            if not request.path.startswith(("/health/", "/static/", "/media/")):
                logger.info(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=response.status_code,
                    milliseconds=round((time.monotonic() - started) * 1000),
                )
        response["X-Request-ID"] = request_id
        return response

    return middleware
