"""Starts AWS's client as `python -m awslambdaric HANDLER` does, without a word behind this file."""

import os
import sys

sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]  # in place of this file's folder

from awslambdaric.__main__ import main  # noqa: E402

main([__file__, os.environ["_HANDLER"]])
