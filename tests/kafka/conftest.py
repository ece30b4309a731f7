"""The guides' API beside what every test has."""

from lib.api_fixtures import api, books, close_streams, make_api, make_engine

__all__ = ["api", "books", "close_streams", "make_api", "make_engine"]
