"""The answer that an output_fn may return in place of a text."""


class Response:
    def __init__(self, response=None, accept=None, status=200, headers=None, mimetype=None):
        self.response = response
        self.mimetype = mimetype or accept
        self.status_code = status
        self.headers = headers or {}
