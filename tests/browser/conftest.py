"""One browser for all tests of the pages, and the guides' API on books of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from browser.page import Page, open_browser
from lib.api import Api
from lib.api_fixtures import api, books, close_streams, make_api

__all__ = ["api", "books", "close_streams", "make_api"]


@pytest.fixture(scope="session")
def driver(session_directory: Path) -> Iterator[webdriver.Chrome]:
    driver = open_browser(session_directory / "chromium")
    yield driver
    driver.quit()


@pytest.fixture()
def page(driver: webdriver.Chrome, api: Api) -> Iterator[Page]:
    """Nothing may be said on the console but what the test expects."""
    page = Page(driver, api.port)
    yield page
    page.online(True)
    faults = page.faults()
    driver.get("about:blank")  # before anything fails: this page would go on into the next test
    assert faults == []
