"""What a test asks of an OpenAPI document."""


def references(part):
    """Yield all that a part of the document refers to."""
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)
