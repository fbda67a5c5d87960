"""Headless Chromium for the tests of the pages: started, watched, and asked for its numbers."""

import base64
import json
import shutil
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# Without these Chromium looks for updates, and every page would seem to send requests.
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def start(*, scripts=True):
    """A browser; a missing one is an error, never a skip."""
    options = webdriver.ChromeOptions()
    options.binary_location = _installed("chromium", "chromium-browser", "google-chrome")
    for switch in QUIET:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if not scripts:
        settings = {"profile.managed_default_content_settings.javascript": 2}
        options.add_experimental_option("prefs", settings)
    return webdriver.Chrome(options=options, service=Service(_installed("chromedriver")))


def _installed(*names):
    found = [path for name in names if (path := shutil.which(name))]
    assert found, f"{names[0]} must be installed for the tests of the pages"
    return found[0]


def view(browser, width=1280, height=900, *, dark=False, still=False, touch=False):
    """Set the size of the window and what the reader prefers."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch})
    wishes = {
        "prefers-color-scheme": "dark" if dark else "light",
        "prefers-reduced-motion": "reduce" if still else "no-preference",
    }
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def open_page(browser, path, state=""):
    """Load a page anew, also where only what follows # differs."""
    browser.get("about:blank")
    browser.get(Path(path).absolute().as_uri() + (f"#{state}" if state else ""))


def complaints(browser):
    """What the page wrote to the console as an error, or let through as one."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def requests(browser):
    """Every address that the browser asked for since the last call."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


def wait(browser, condition, seconds=30):
    """Wait for a condition in the page's own words, and for the picture of it."""
    end = time.monotonic() + seconds
    while not browser.execute_script(f"return {condition}"):
        assert time.monotonic() < end, f"never true: {condition}"
        time.sleep(0.05)
    time.sleep(0.3)


def picture(browser, path):
    """What the window shows, as a PNG."""
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    Path(path).write_bytes(base64.b64decode(shot["data"]))


def violations(browser):
    """What axe-core finds, one line each."""
    axe = Path(_package("axe_playwright_python"), "axe.min.js").read_text("utf-8")
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(done);"
    )
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _package(name):
    import importlib.util

    spec = importlib.util.find_spec(name)
    assert spec is not None, f"{name} must be installed: it carries axe-core"
    return Path(spec.origin).parent


def open_everything(browser):
    """Open whatever is folded."""
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true;")


def overflow(browser):
    """By how many pixels the page is wider than the window."""
    return browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
