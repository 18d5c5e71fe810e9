"""MiniStack's own API from inside the plugin, by botocore, which writes each service's wire format."""

import functools
import os


def client(service: str, through_front_door: bool = False):
    """A client for the account and region of the request at hand. Use it on a worker thread, never on the event loop.

    MiniStack answers on its internal port; through the front door the local SageMaker answers too.
    """
    from ministack.core.responses import get_account_id, get_region

    port = os.environ["GATEWAY_PORT" if through_front_door else "SANDBOX_INTERNAL_PORT"]
    return _client(service, get_region(), port, get_account_id(), "test", None)


def task_client(service: str):
    """A client of the role whose task runs now, so that its calls are the role's own; of the account where IAM is off."""
    from ministack.core.responses import get_region

    from plugin.permissions.tasks import task_session

    session = task_session()
    if session is None:
        return client(service, through_front_door=True)
    return _client(service, get_region(), os.environ["GATEWAY_PORT"], session.access_key, session.secret_key, session.token)


@functools.cache
def _botocore():
    import botocore.session

    return botocore.session.get_session()


@functools.lru_cache(maxsize=32)
def _client(service: str, region: str, port: str, access_key: str, secret_key: str, token: str | None):
    from botocore.config import Config

    return _botocore().create_client(
        service, region_name=region, endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, aws_session_token=token,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))
