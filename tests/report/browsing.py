"""A real browser for the page: Debian's chromium, driven by playwright, without any network of its own."""

from __future__ import annotations

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Opened:
    """A page in the browser, with what it asked for and what it wrote to the console."""

    def __init__(self, browser, address, *, size=DESK, scheme="light", scripts=True):
        self.context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.requests, self.console = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: self.console.append(m.text))
        self.page.on("pageerror", lambda e: self.console.append(str(e)))
        self.page.goto(address)
        if scripts:
            self.page.wait_for_selector("html[data-ready]")
            self.page.wait_for_function("() => geoops.page !== undefined")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def run(self, script, argument=None):
        return self.page.evaluate(script, argument)

    def shown(self, overlay):
        return self.run("id => geoops.page.panel.on(id)", overlay)

    @property
    def live(self):
        return self.page.locator("#live").text_content()


def launched(playwright):
    return playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
