"""The product's settings plus the floor page and a count of queries in a header."""

from helpdesk.settings import *  # noqa: F403  (settings modules override by star import)
from helpdesk.settings import MIDDLEWARE as PRODUCT_MIDDLEWARE

ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = ["benchmarks.counting.QueryCountMiddleware", *PRODUCT_MIDDLEWARE]
