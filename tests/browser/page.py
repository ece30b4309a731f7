"""A real browser on the guides' page: headless Chromium, driven by Selenium.

Both come from Debian. Nothing here sleeps: every look at the page is `wait_until` with a deadline.
Pictures go to build/screenshots, where somebody may look at them; git does not keep them.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from lib.png import colours
from lib.servers import ROOT, wait_until

PICTURES = ROOT / "build" / "screenshots"
PHONE = (360, 760)
DESKTOP = (1280, 900)
_SECONDS = 45
# The console's words of a request that failed: the server's status, or why there was no answer.
_FAILED = re.compile(r"^http://127\.0\.0\.1:\d+(/[^ ?]*)\S* - Failed to load resource: "
                     r"(?:the server responded with a status of (\d+)|net::(ERR_\w+))")


def open_browser(directory: Path) -> webdriver.Chrome:
    directory.mkdir(exist_ok=True)
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--no-first-run", "--hide-scrollbars", "--lang=zh-CN",
                     f"--user-data-dir={directory}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service("/usr/bin/chromedriver", log_path=str(directory / "chromedriver.log"))
    return webdriver.Chrome(options=options, service=service)


class Page:
    """One window of the browser, at one address."""

    def __init__(self, driver: webdriver.Chrome, port: int):
        self.driver, self.port = driver, port
        self._said: list[str] = []
        self._expected: Counter[str] = Counter()
        self._allowed: tuple[str, ...] = ()
        driver.get_log("browser")  # of whoever had the window before

    def open(self, token: str | None = None, path: str = "/", size: tuple[int, int] = PHONE,
             scheme: str = "light") -> Page:
        """Anew: nothing of an earlier visit is kept."""
        self.size(size)
        self.driver.get(f"http://127.0.0.1:{self.port}/page/seal.svg")
        self.run("sessionStorage.clear(); localStorage.clear()")
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.driver.get("about:blank")
        address = f"http://127.0.0.1:{self.port}{path}"
        self.driver.get(address if token is None else f"{address}#token={token}")
        return self

    def size(self, size: tuple[int, int]) -> None:
        self.command("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                     deviceScaleFactor=2 if size[0] < 600 else 1, mobile=size[0] < 600)

    def command(self, name: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def online(self, is_online: bool) -> None:
        self.command("Network.enable")
        self.command("Network.emulateNetworkConditions", offline=not is_online, latency=0,
                     downloadThroughput=-1, uploadThroughput=-1)

    def block(self, *addresses: str) -> None:
        self.command("Network.enable")
        self.command("Network.setBlockedURLs", urls=list(addresses))

    def press(self, *keys: str) -> None:
        """To whatever has the focus, as a keyboard would."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def focused(self) -> str:
        return self.run("const e = document.activeElement; return e.id || e.dataset.subject || "
                        "e.dataset.filter || e.tagName")

    def text(self, selector: str) -> str:
        """Of the first element; "" where there is none or it is hidden."""
        return self.run("const e = document.querySelector(arguments[0]);"
                        "return e === null ? '' : e.innerText", selector) or ""

    def texts(self, selector: str) -> list[str]:
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map(e => e.innerText)", selector)

    def is_shown(self, selector: str) -> bool:
        return self.run("return document.querySelector(arguments[0])?.checkVisibility() ?? false",
                        selector)

    def click(self, selector: str) -> None:
        self.wait(lambda: self.is_shown(selector), f"{selector} to be there")
        self.run("document.querySelector(arguments[0]).click()", selector)

    def wait(self, condition: Callable[[], object], what: str) -> None:
        def holds() -> object:
            with contextlib.suppress(WebDriverException):
                return condition()
            return False
        try:
            wait_until(holds, _SECONDS, what)
        except AssertionError:
            self.picture("failed")
            raise

    def wait_text(self, selector: str, words: str) -> None:
        self.wait(lambda: words in self.text(selector), f"“{words}” in {selector}: "
                  f"{self.text(selector)!r}")

    def wait_live(self) -> None:
        self.wait(lambda: self.run("return document.getElementById('link').dataset.state")
                  == "live" and self.run("return document.getElementById('own').ariaBusy !== 'true'"
                                         " || document.getElementById('own').hidden"),
                  "the page to be live")

    def picture(self, name: str, whole: bool = False) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        more = {}
        if whole:
            box = self.command("Page.getLayoutMetrics")["cssContentSize"]
            more = {"clip": {"x": 0, "y": 0, "width": box["width"], "height": box["height"],
                             "scale": 1}, "captureBeyondViewport": True}
        shot = self.command("Page.captureScreenshot", format="png", **more)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def look(self, name: str, is_paper: bool = False) -> None:
        """A picture; what it shows is no blank, fits its width, and on a screen is accessible."""
        assert self.run("return document.documentElement.scrollWidth <= innerWidth"), name
        box = self.run("return [innerWidth, innerHeight]")
        small = self.command("Page.captureScreenshot", format="png", clip={
            "x": 0, "y": self.run("return scrollY"), "width": box[0], "height": box[1],
            "scale": 100 / box[0]})
        seen = colours(base64.b64decode(small["data"]))
        assert len(seen) >= 24, f"{name} is blank: {len(seen)} colours"
        assert max(seen.values()) < 0.97 * sum(seen.values()), f"{name} is nearly blank"
        self.picture(name)
        found = [] if is_paper else violations(self)
        assert found == [], f"{name}: {found}"

    def _listen(self) -> list[str]:
        """What the console has said since: "401 /v1/…", "ERR_… /v1/…", or its own words."""
        said = []
        for entry in self.driver.get_log("browser"):
            found = _FAILED.match(entry["message"])
            if found is not None and found[1] == "/favicon.ico":
                continue  # open() begins at a file, for which the browser looks for an icon
            if found is not None:
                said.append(f"{found[2] or found[3]} {unquote(found[1])}")
            elif entry["level"] == "SEVERE":
                said.append(entry["message"])
        return said

    def expect(self, said: str, count: int = 1) -> None:
        """So many times the console will say or has said "STATUS PATH" in this test."""
        self._expected[said] += count

    def allow(self, beginning: str) -> None:
        """What begins so may be said or not: which request comes first is not the test's choice."""
        self._allowed += (beginning,)

    @contextlib.contextmanager
    def outage(self, is_felt: bool = True) -> Iterator[None]:
        """Within it requests get no answer, or 503, once or more; nobody knows how often."""
        self._said += self._listen()
        yield
        said = self._listen()
        lost = [one for one in said if one.startswith(("ERR_", "503 /v1/"))]
        assert lost or not is_felt, "nothing was lost"
        self._said += [one for one in said if one not in lost]

    def faults(self) -> list[str]:
        """What the console has said in this test and should not have, and what it has not said."""
        self._said += self._listen()
        said = Counter(self._said)
        more = [f"not expected: {one}" for one in (said - self._expected).elements()
                if not one.startswith(self._allowed)]
        return more + [f"missing: {one}" for one in (self._expected - said).elements()]


@contextlib.contextmanager
def second_window(page: Page) -> Iterator[Page]:
    """Another tab, with storage of its own session."""
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    yield Page(page.driver, page.port)
    page.driver.close()
    page.driver.switch_to.window(first)


@functools.cache
def _axe() -> str:
    """The text of axe-core, out of the jar that ./test fetched."""
    jar = subprocess.run([str(ROOT / "deploy" / "axe" / "axe")], capture_output=True, text=True,
                         timeout=300, check=True).stdout.strip()
    return zipfile.ZipFile(jar).read("axe.min.js").decode()


def violations(page: Page) -> list[str]:
    """What axe-core finds by WCAG 2.2 A and AA and by good practice; [] is what is wanted."""
    if page.run("return typeof axe") == "undefined":
        page.run(_axe())
    found = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})"
        ".then(said => done(said.violations))")
    return [f"{rule['id']}: {rule['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for rule in found for node in rule["nodes"]]
