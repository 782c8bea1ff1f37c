"""The floor and the framework: FastAPI without what the API does with it.

The adapter of events is the API's own. The routes give the floor's answer, without
middleware, bodies, validation, a log or an SDK. What its figures are above the floor's
is what FastAPI, Pydantic and Mangum cost.
"""

from gateway import lambda_handler
from layers import Calls, create_layer

handler = lambda_handler(create_layer(Calls()))
