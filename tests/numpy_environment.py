"""Where the tests that compare with NumPy and SciPy find them: in this interpreter, in the one that FLUXION_NUMPY names, in .venv,
or in Debian's (`./test` installs its packages)."""
import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SKIPPED = 77  # the status that CTest reports as skipped


def enter(*modules):
    """Returns where the modules can be imported: here, or in the interpreter that takes this one's place. Ends the program, as
    skipped, where there is none."""
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    if not missing:
        return
    for python in (os.environ.get("FLUXION_NUMPY", ""), str(ROOT / ".venv/bin/python"), "/usr/bin/python3"):
        tried = os.environ.get("FLUXION_NUMPY_TRIED", "").split(os.pathsep)
        if python and os.path.exists(python) and python not in tried:
            os.environ["FLUXION_NUMPY_TRIED"] = os.pathsep.join([*tried, python])
            os.execv(python, [python, *sys.argv])
    print(f"skipped: {', '.join(missing)} not installed (apt-get install {' '.join('python3-' + m for m in modules)})")
    sys.exit(SKIPPED)
