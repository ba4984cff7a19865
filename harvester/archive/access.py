"""How a bucket is reached."""

from msgspec import Struct


class BucketAccess(Struct, frozen=True):
    """Where a bucket is and by which keys; what is empty is looked for in the AWS_… variables, then on the host."""

    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    secret_key: str = ""
