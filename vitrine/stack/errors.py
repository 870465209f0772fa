"""The errors of the local stack.

VitrineError
└── StackError                   a part of the local stack cannot be started, stopped or found
    ├── DownloadError            a file of the local OpenSearch could not be fetched or is not what it should be
    ├── JavaMissingError         no Java run time of version 21 or newer
    ├── ServiceDiedError         a part ended while it was starting
    ├── ServiceSilentError       a part lives but did not answer in time
    └── StackDownError           a command needs the stack and it is not running
"""

from plugin_config.errors import VitrineError


class StackError(VitrineError):
    """A part of the local stack cannot be started, stopped or found."""

    code = "stack"
    status = 503


class DownloadError(StackError):
    """A file of the local OpenSearch could not be fetched, or its bytes are not the published ones."""

    code = "download"


class JavaMissingError(StackError):
    """There is no Java run time of version 21 or newer."""

    code = "java_missing"


class ServiceDiedError(StackError):
    """A part of the stack ended while it was starting."""

    code = "service_died"


class ServiceSilentError(StackError):
    """A part of the stack lives but did not answer within its time."""

    code = "service_silent"


class StackDownError(StackError):
    """A command needs the stack and it is not running."""

    code = "stack_down"
