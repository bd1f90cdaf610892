"""A headless Chromium, driven over its pipe (https://chromedevtools.github.io/devtools-protocol/): nothing is needed
but the program."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]


def program() -> str:
    """The Chromium that is here."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    sys.exit("pages: chromium is needed to look at the pages, and is not on PATH; next: ./install.sh --test-packages")


class Browser:
    """One window without a screen; use it as a context."""

    def __init__(self) -> None:
        self.home = tempfile.TemporaryDirectory(prefix="llmos-pages-", ignore_cleanup_errors=True)
        words, self.words = os.pipe()
        self.answers, answers = os.pipe()
        command = [
            program(),
            "--headless",
            "--remote-debugging-pipe",
            "--no-first-run",
            "--disable-gpu",
            "--no-sandbox",
        ]
        command += ["--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars"]
        command += [f"--user-data-dir={self.home.name}", "about:blank"]

        # Chromium listens on 3 and answers on 4; a small program puts the pipes there.
        told, answer = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (words, answers))
        places = f"import os, sys; os.dup2({told}, 3); os.dup2({answer}, 4); os.execv(sys.argv[1], sys.argv[1:])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", places, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(told, answer),
            env={**os.environ, "HOME": self.home.name},
        )
        for end in (words, answers, told, answer):
            os.close(end)
        self.buffer = b""
        self.count = 0
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        # Else nothing has the focus, whatever the page says.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.home.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        self.count += 1
        message: dict[str, Any] = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.send(json.dumps(message).encode() + b"\0")
        number = self.count
        while True:
            answer = self.read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def send(self, message: bytes) -> None:
        while message:
            message = message[os.write(self.words, message) :]

    def read(self, seconds: float = 60) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, end - time.monotonic()))
            if not ready:
                sys.exit(f"pages: chromium did not answer within {seconds:.0f} s")
            part = os.read(self.answers, 1 << 20)
            if not part:
                sys.exit("pages: chromium ended by itself")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    # MARK: Pages

    def open(self, path: Path, *, width: int, dark: bool = False, media: str = "screen", scale: float = 1) -> None:
        """Opens a file at a width in CSS pixels."""
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=scale, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme, still])
        self.call("Page.navigate", url=path.absolute().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page; promises are waited for."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{done['exceptionDetails']}")
        return done["result"].get("value")

    def picture(self, path: Path, *, height: int | None = None, selector: str | None = None) -> None:
        """Writes a picture of the page, or of its beginning, or of one element."""
        if selector:
            box = self.evaluate(
                f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                "return {x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height} })()"
            )
        else:
            size = self.evaluate(
                "(root => ({x: 0, y: 0, width: root.clientWidth, height: root.scrollHeight}))(document.documentElement)"
            )
            box = {**size, "height": min(size["height"], height or 16000)}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip={**box, "scale": 1})
        path.write_bytes(base64.b64decode(shot["data"]))

    def printed(self, path: Path) -> None:
        """Writes the page as it is printed, a PDF."""
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"]))

    def complaints(self) -> list[str]:
        """What the browser has to say about the page, and what the page asked the network for."""
        said = []
        for event in self.events:
            about = event.get("params", {})
            if event.get("method") == "Log.entryAdded":
                said.append(f"log: {about['entry']['text']}")
            elif event.get("method") == "Runtime.exceptionThrown":
                said.append(f"exception: {about['exceptionDetails'].get('text')}")
            elif event.get("method") == "Network.requestWillBeSent":
                url = about["request"]["url"]
                if about.get("type") != "Document":
                    said.append(f"asks for {url[:100]}")
        return said
