"""The one rule of the API that its description can only say in words."""

import schemathesis


@schemathesis.hook
def map_body(context, body):
    """A price has at most two decimal places, which no keyword of JSON Schema says of doubles."""
    if isinstance(body, dict) and isinstance(body.get("price"), float) and 0 <= body["price"] <= 1_000_000:
        body["price"] = round(body["price"], 2)
    return body
