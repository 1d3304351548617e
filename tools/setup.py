"""Set this folder up: `.venv`, the packages, the editor's files, the translations. Run it as often as you like.

Only the standard library and only plain syntax: it has to run, and to say what is missing, before anything is
installed.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Bring everything up to date and return the exit code; a second run only compares checksums."""
    if sys.version_info < OLDEST_PYTHON:
        return refuse("This needs Python 3.11 or newer; this is %s." % sys.version.split()[0])
    if not venv_works() and not create_venv():
        return 1
    if not install_packages():
        return 1
    subprocess.run([str(PYTHON), str(ROOT / "tools" / "editor_files.py")], check=True)
    compile_translations()
    return 0


def refuse(sentence: str) -> int:
    """Print one plain sentence to standard error and return the exit code of a failure."""
    sys.stderr.write(sentence + "\n")
    return 1


def venv_works() -> bool:
    """Tell whether `.venv` holds an interpreter that is new enough and was made for this folder."""
    if not PYTHON.exists():
        return False
    question = "import sys; print(sys.prefix); sys.exit(sys.version_info < %r)" % (OLDEST_PYTHON,)
    try:
        answer = subprocess.run(
            [str(PYTHON), "-c", question],
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
    except OSError:
        return False
    return answer.returncode == 0 and Path(answer.stdout.strip()).resolve() == VENV.resolve()


def create_venv() -> bool:
    """Make `.venv` anew; False, with a sentence, where this Python cannot."""
    print("Making .venv with Python %s ..." % sys.version.split()[0])
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if made.returncode == 0:
        return True
    shutil.rmtree(str(VENV), ignore_errors=True)
    sys.stderr.write(made.stdout)
    refuse("This Python cannot make virtual environments; on Debian and Ubuntu, install python3-venv.")
    return False


def install_packages() -> bool:
    """Install `requirements.txt` unless this very file is installed already; False, with a sentence, on failure."""
    stamp = VENV / ".requirements.sha256"
    wanted = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    print("Installing the packages of requirements.txt ...")
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
    ]
    if subprocess.run(command + ["--requirement", str(ROOT / "requirements.txt")]).returncode != 0:
        refuse("The packages could not be installed; the lines above say why. `make setup` tries again.")
        return False
    stamp.write_text(wanted)
    return True


def compile_translations() -> None:
    """Compile the catalogs that changed since they were compiled; a broken one is said and stops nothing."""
    catalogs = list((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
    if all(is_compiled(catalog) for catalog in catalogs):
        return
    print("Compiling the translations ...")
    if subprocess.run([str(PYTHON), "-m", "flask", "i18n", "compile"], cwd=str(ROOT)).returncode != 0:
        refuse("Not every translation could be compiled; what is missing appears in English.")


def is_compiled(catalog: Path) -> bool:
    """Tell whether the compiled file beside this catalog is at least as new."""
    compiled = catalog.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= catalog.stat().st_mtime


if __name__ == "__main__":
    sys.exit(main())
