"""Errors of a request that a serving script cannot answer."""


class BaseInferenceToolkitError(Exception):
    """An error with the status and the text that the caller gets."""

    def __init__(self, status_code, message, phrase):
        super().__init__(status_code, message, phrase)
        self.status_code = status_code
        self.message = message
        self.phrase = phrase


class UnsupportedFormatError(BaseInferenceToolkitError):
    def __init__(self, content_type):
        text = f"Content type {content_type} is not supported by this framework."
        super().__init__(415, text, text)


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    def __init__(self, status_code, message=None, phrase=None):
        super().__init__(status_code, message or "Invalid Request", phrase or message or "Invalid Request")
