"""The one exception that the launcher shows to a person."""


class LauncherError(Exception):
    """Something a person has to know or do; shown without a traceback.

    ``advice`` says what to do about it, ``exit_code`` what the command returns.
    """

    def __init__(self, message: str, advice: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.advice = advice
        self.exit_code = exit_code


class UsageError(LauncherError):
    """The command line was not understood."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)
