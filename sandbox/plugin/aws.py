"""MiniStack's own API from inside the plugin, by botocore, which writes each service's wire format."""

import functools
import os


def client(service: str, through_front_door: bool = False):
    """A client for the account and region of the request at hand. Use it on a worker thread, never on the event loop.

    MiniStack answers on its internal port; through the front door the local SageMaker answers too.
    """
    from ministack.core.responses import get_account_id, get_region

    port = os.environ["GATEWAY_PORT" if through_front_door else "SANDBOX_INTERNAL_PORT"]
    return _client(service, get_account_id(), get_region(), port)


@functools.lru_cache(maxsize=32)
def _client(service: str, account_id: str, region: str, port: str):
    import botocore.session
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        service, region_name=region, endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=account_id, aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))
