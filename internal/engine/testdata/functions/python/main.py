"""A function that does what its event says, for the official Python client."""

import os
import sys
import time

if os.environ.get("INIT") == "raise":
    raise ValueError("not today")
if os.environ.get("INIT") == "exit":
    sys.exit(5)
if os.environ.get("INIT") == "hang":
    time.sleep(3600)

calls = 0


def handler(event, context):
    global calls
    calls += 1
    match event.get("do", "echo"):
        case "echo":
            return {"calls": calls, "requestId": context.aws_request_id, "memory": context.memory_limit_in_mb}
        case "print":
            print(event["text"])
            return None
        case "error":
            raise KeyError(event["text"])
        case "exit":
            sys.exit(event["code"])
        case "osexit":
            os._exit(event["code"])
        case "sleep":
            time.sleep(event["ms"] / 1000)
        case "set":
            return {1, 2}
        case "large":
            return "x" * event["bytes"]
    return None
