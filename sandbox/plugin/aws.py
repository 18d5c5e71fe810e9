"""MiniStack's own API from inside the plugin, by botocore, which writes each service's wire format."""

import functools
import os


def client(service: str):
    """A client for the account and region of the request at hand. Use it on a worker thread, never on the event loop."""
    from ministack.core.responses import get_account_id, get_region

    return _client(service, get_account_id(), get_region())


@functools.lru_cache(maxsize=32)
def _client(service: str, account_id: str, region: str):
    import botocore.session
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        service, region_name=region, endpoint_url=f"http://127.0.0.1:{os.environ['SANDBOX_INTERNAL_PORT']}",
        aws_access_key_id=account_id, aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))
