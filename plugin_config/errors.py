"""The errors that configuration can raise.

VitrineError                 anything a person can mend; its text says what, where and the next step
└── ConfigurationError       a setting, catalogue or policy file cannot be used
"""


class VitrineError(Exception):
    """Base of every error meant for a person: the message is complete and needs no traceback.

    `code` names the kind in problem documents (RFC 9457) and in counters; `status` is the HTTP status it maps to.
    """

    code: str = "error"
    status: int = 500


class ConfigurationError(VitrineError):
    """A setting, catalogue or policy cannot be used as written."""

    code = "configuration"
    status = 422
