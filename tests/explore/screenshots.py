"""The README's two pictures of the explore page: `python -m tests.explore.screenshots`.

They need Chromium and selenium, and are made again where the page looks different.
"""

import io
import tempfile
from pathlib import Path

from PIL import Image

from minintk.explore import explore_page
from tests.explore import driver

FIGURES = Path(__file__).parents[2] / "tutorials" / "figures"
STATE = "target=equal&m=512&step=60&experiment=2"
SHOTS = {"explore": (1280, 1180, False), "explore_phone": (360, 1000, True)}
WIDTH = {"explore": 960, "explore_phone": 300}


def main():
    """Write both pictures, small and with few colours."""
    browser = driver.start()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "explore.html"
        page.write_text(explore_page(), encoding="utf-8")
        for name, (width, height, dark) in SHOTS.items():
            driver.view(browser, width, height, dark=dark)
            driver.open_page(browser, page, STATE)
            browser.execute_script("document.getElementById('words').open = false")
            start = "#bar" if dark else "h1"
            browser.execute_script(f"document.querySelector('{start}').scrollIntoView()")
            driver.wait(browser, "minintk.training.step === 60")
            file = Path(folder) / f"{name}.png"
            driver.picture(browser, file)
            image = Image.open(io.BytesIO(file.read_bytes())).convert("RGB")
            size = (WIDTH[name], round(image.height * WIDTH[name] / image.width))
            small = image.resize(size, Image.Resampling.LANCZOS).quantize(160)
            small.save(FIGURES / f"{name}.png", optimize=True)
    browser.quit()


if __name__ == "__main__":
    main()
