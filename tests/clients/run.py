"""Runs a test of this folder with the Python of build/venv, where the clients are installed; status 77 where they are not."""

import os
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
VENV = FOLDER.parent.parent / "build/venv"

if not (VENV / "requirements.txt").exists():  # written when the installation is complete
    print(f"skipped: no clients in {VENV}; ./dev test installs them")
    sys.exit(77)
os.execv(VENV / "bin/python", [str(VENV / "bin/python"), str(FOLDER / sys.argv[1]), *sys.argv[2:]])
