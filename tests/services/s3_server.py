"""An S3 server for tests: moto as a process of its own, which checks signatures; it keeps objects in memory."""

import importlib.util
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from tests.services.processes import EngineMissingError, Service, free_port, listens, new_folder, start_service

REGION = "us-east-1"
FREE_CALLS = 3  # those of _make_key; every later one needs the key
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'


def start_s3() -> Service:
    """Start a server; its URL holds the key: http://ID:SECRET@host:port.

    Raises: EngineMissingError where moto or its server is not installed.
    """
    if not all(importlib.util.find_spec(name) for name in ("moto", "flask", "boto3")):
        raise EngineMissingError("moto[server] is not installed")
    port = free_port()
    place = f"127.0.0.1:{port}"
    service = start_service(
        f"http://{place}",
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        new_folder("s3"),
        lambda: listens(port),
        environment={"INITIAL_NO_AUTH_ACTION_COUNT": str(FREE_CALLS)},
        timeout_s=60,
    )
    try:
        key_id, secret = _make_key(service.url)
    except BaseException:
        service.close()
        raise
    service.url = f"http://{key_id}:{quote(secret, safe='')}@{place}"
    return service


def s3_client(url: str) -> Any:
    """Give boto3's client for the server of such a URL."""
    endpoint, key_id, secret = parts_of(url)
    return _client("s3", endpoint, key_id, secret)


@contextmanager
def own_bucket(url: str) -> Iterator[tuple[Any, str]]:
    """Make a bucket for one test, and remove it with all that is in it; gives the client and its name."""
    client, name = s3_client(url), f"test-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name)
    try:
        yield client, name
    finally:
        for key in keys_of(client, name):
            client.delete_object(Bucket=name, Key=key)
        client.delete_bucket(Bucket=name)
        client.close()


def keys_of(client: Any, bucket: str) -> list[str]:
    """Give the names of all objects of a bucket."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def parts_of(url: str) -> tuple[str, str, str]:
    """Give address, id of the key and its secret."""
    parts = urlsplit(url)
    return f"http://{parts.hostname}:{parts.port}", parts.username or "", unquote(parts.password or "")


def _make_key(endpoint: str) -> tuple[str, str]:
    iam = _client("iam", endpoint, "any", "any")
    iam.create_user(UserName="hub")
    iam.put_user_policy(UserName="hub", PolicyName="s3", PolicyDocument=POLICY)
    key = iam.create_access_key(UserName="hub")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _client(kind: str, endpoint: str, key_id: str, secret: str) -> Any:
    import boto3  # noqa: PLC0415 - comes with moto, which may be missing
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        kind,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )
